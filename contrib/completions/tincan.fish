# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tincan_global_optspecs
    string join \n h/help V/version
end

function __fish_tincan_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tincan_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tincan_using_subcommand
    set -l cmd (__fish_tincan_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tincan -n "__fish_tincan_needs_command" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_needs_command" -s V -l version -d 'Print version'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "serve" -d 'Run a hub: one conversation space behind three wires'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "account" -d 'Make, list, change and remove accounts; a running hub takes notice at once'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "config" -d 'Print the settings in effect, each with where it came from'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "lan" -d 'See who is on the LAN; you stay unseen'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "friends" -d 'Your friends: who they are, how they are, and the node that connects you to them'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "chat" -d 'Talk: a terminal client with line editing, history and completion'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "send" -d 'Send one message to a person or a room, then quit'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "listen" -d 'Print what happens until interrupted'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "offer" -d 'Send a file to a person who accepts it'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "fetch" -d 'Accept files that are offered, or fetch a friend\'s'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "rooms" -d 'List the rooms that have members'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "users" -d 'List the members of rooms, or friends'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "whois" -d 'Ask whether people are here'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "history" -d 'Print what was said before in a room or with a person'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "mail" -d 'Mail between friends: letters with a subject, for several people, with files'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "files" -d 'Files among friends: share folders, look into theirs, search, fetch'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "generate" -d 'Make files for packagers and hub keepers'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l config -d 'The configuration file (TOML)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l cs494 -d 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]' -r
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l cs594 -d 'Where cs594 listens [default: 127.0.0.1:8000]' -r
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l cp -d 'Where cp listens [default: 127.0.0.1:5035]' -r
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l ops -d 'Where metrics and the health page are served [default: 127.0.0.1:9494]' -r
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l set -d 'Set any configuration key, e.g. limits.users=2 (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand serve" -l log-format -d 'How log lines look on standard error' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c tincan -n "__fish_tincan_using_subcommand serve" -s v -l verbose -d 'Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`'
complete -c tincan -n "__fish_tincan_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "add" -d 'Make an account'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "list" -d 'List the accounts'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "remove" -d 'Remove an account and the letters in its mailbox'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "passwd" -d 'Give an account a new password'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "cert" -d 'Say which TLS client certificate speaks for an account'
complete -c tincan -n "__fish_tincan_using_subcommand account; and not __fish_seen_subcommand_from add list remove passwd cert help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from add" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from add" -l allow-confusable -d 'Make it though another account\'s name is easily confused with it'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from list" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from remove" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from passwd" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from cert" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from cert" -l remove -d 'No certificate speaks for the account any more'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from cert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make an account'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the accounts'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove an account and the letters in its mailbox'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "passwd" -d 'Give an account a new password'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "cert" -d 'Say which TLS client certificate speaks for an account'
complete -c tincan -n "__fish_tincan_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand config" -l config -d 'The configuration file (TOML)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand config" -l data -d 'The folder with the hub\'s data [default: tincan in the platform\'s data folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand config" -l cs494 -d 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]' -r
complete -c tincan -n "__fish_tincan_using_subcommand config" -l cs594 -d 'Where cs594 listens [default: 127.0.0.1:8000]' -r
complete -c tincan -n "__fish_tincan_using_subcommand config" -l cp -d 'Where cp listens [default: 127.0.0.1:5035]' -r
complete -c tincan -n "__fish_tincan_using_subcommand config" -l ops -d 'Where metrics and the health page are served [default: 127.0.0.1:9494]' -r
complete -c tincan -n "__fish_tincan_using_subcommand config" -l set -d 'Set any configuration key, e.g. limits.users=2 (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand config" -l json -d 'One JSON object a line: key, value, origin'
complete -c tincan -n "__fish_tincan_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l wait -d 'How long to look before the list is printed' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l json -d 'One JSON object a line, until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l once -d 'Print a list once and quit'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l listen -d 'Listen there for friends (repeatable) [default: port 7812 of all addresses]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l announce -d 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l json -d 'One JSON object a line, until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -l once -d 'Print a list once and quit'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "run" -d 'Run the node without showing anything, for a service'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "init" -d 'Make your profile and this machine\'s key'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "import" -d 'Make this machine another one of your profile\'s, from its exported secret key'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "export" -d 'Print your profile\'s key, or write it to a file'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "invite" -d 'Print what a friend needs to add you'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "add" -d 'Approve somebody by their certificate or invite'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "list" -d 'List everybody known: friends, those who asked, friends of friends'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "approve" -d 'Approve somebody who asked, or who is a friend of a friend'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "deny" -d 'Do not approve somebody who asked; they may ask again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "remove" -d 'End a friendship; what was said is kept'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "block" -d 'Never hear of somebody again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "unblock" -d 'Let somebody who was blocked ask again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "sign" -d 'Sign a friend\'s key: you say to others that it is theirs'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "trust" -d 'Say how far you trust a friend\'s judgement of others'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "status" -d 'Show who and how you are, or tell friends how you are'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "picture" -d 'Show your friends a picture of you'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "outbox" -d 'List what waits to be sent, messages and mail'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "call" -d 'Call a friend now, whatever the pause'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and not __fish_seen_subcommand_from run init import export invite add list approve deny remove block unblock sign trust status picture outbox call help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from run" -l listen -d 'Listen there for friends (repeatable) [default: port 7812 of all addresses]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from run" -l announce -d 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from run" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from run" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l name -d 'What friends see you called [default: the system\'s name of you]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l email -d 'An electronic mail address in the profile; friends can read it [default: none]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l location -d 'What this machine is called for friends [default: the system\'s name of it]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l key -d 'Take the profile from this exported secret key instead of making a new one' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l bits -d 'How strong the keys are' -r -f -a "2048\t'Made quickly'
3072\t'Stronger'
4096\t'What RetroShare makes'"
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from import" -l location -d 'What this machine is called for friends [default: the system\'s name]' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from import" -l bits -d 'How strong this machine\'s key is' -r -f -a "2048\t'Made quickly'
3072\t'Stronger'
4096\t'What RetroShare makes'"
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from import" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from import" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from export" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from export" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from export" -l secret -d 'The secret key, for another machine of yours; it stays encrypted with the passphrase'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l address -d 'An address where you can be reached, tried first (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l short -d 'A short invite (this is the default)'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l certificate -d 'The certificate instead: it holds your key, so that friends can check it at once'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l qr -d 'Show the short invite as a QR code too, on standard error'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -l footer -d 'In lines of 64 characters below a heading, for the end of an electronic mail'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from invite" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from add" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from add" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from add" -l json -d 'The friend as a JSON object'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from list" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from list" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from approve" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from approve" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from approve" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from deny" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from deny" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from deny" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from remove" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from remove" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from block" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from block" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from block" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from unblock" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from unblock" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from unblock" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from sign" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from sign" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from sign" -s y -l yes -d 'Do not ask'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from trust" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from trust" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from trust" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from status" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from status" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from status" -l json -d 'A JSON object'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from picture" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from picture" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from picture" -l none -d 'None any more'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from picture" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from outbox" -l withdraw -d 'Take this one back' -r
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from outbox" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from outbox" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from outbox" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from outbox" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from call" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from call" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run the node without showing anything, for a service'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "init" -d 'Make your profile and this machine\'s key'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make this machine another one of your profile\'s, from its exported secret key'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print your profile\'s key, or write it to a file'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "invite" -d 'Print what a friend needs to add you'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "add" -d 'Approve somebody by their certificate or invite'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "list" -d 'List everybody known: friends, those who asked, friends of friends'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "approve" -d 'Approve somebody who asked, or who is a friend of a friend'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "deny" -d 'Do not approve somebody who asked; they may ask again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "remove" -d 'End a friendship; what was said is kept'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "block" -d 'Never hear of somebody again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "unblock" -d 'Let somebody who was blocked ask again'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign a friend\'s key: you say to others that it is theirs'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "trust" -d 'Say how far you trust a friend\'s judgement of others'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show who and how you are, or tell friends how you are'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "picture" -d 'Show your friends a picture of you'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "outbox" -d 'List what waits to be sent, messages and mail'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "call" -d 'Call a friend now, whatever the pause'
complete -c tincan -n "__fish_tincan_using_subcommand friends; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l room -d 'Enter this room (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand send" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l to -d 'A person, or a room as \'#ROOM\'; on the LAN and among friends the address names the person' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l wait -d 'Among friends: wait so long until a machine of theirs has the message, and fail if none has' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand send" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand send" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand send" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l room -d 'Enter this room (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l to -d 'The person; on the LAN and among friends the address names them' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l timeout -d 'How long to wait for an answer' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand offer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l from -d 'Accept from this person only; others are declined' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l dir -d 'Where to put the files; none that is there is overwritten' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l count -d 'Quit after so many files' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l max-size -d 'Decline larger files' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l once -d 'Quit after one file'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand rooms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand users" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand users" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand users" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand users" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand users" -l room -d 'Only this room (repeatable); all rooms when left out' -r
complete -c tincan -n "__fish_tincan_using_subcommand users" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand users" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand users" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand users" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand users" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l name -d 'Be called so [default: the system\'s names of you and of this machine]' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l status -d 'How you are' -r -f -a "avail\t''
away\t''
dnd\t''"
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l message -d 'How you are, in your own words' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l picture -d 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l nick -d 'Publish this nickname' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l first -d 'Publish this first name' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l last -d 'Publish this last name' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l email -d 'Publish this electronic mail address' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l jid -d 'Publish this address in the XMPP network' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l port -d 'Listen there [default: 5298; any free port where that is taken, or is 0]' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l config -d 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand whois" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand history" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand history" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand history" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand history" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand history" -l limit -d 'How many messages' -r
complete -c tincan -n "__fish_tincan_using_subcommand history" -l before -d 'Only what is older than the message with this id' -r
complete -c tincan -n "__fish_tincan_using_subcommand history" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand history" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand history" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand history" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "list" -d 'List letters, the newest first (this is the default)'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "read" -d 'Print a letter; it is read from then on'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "send" -d 'Send a letter'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "move" -d 'Put a letter into another folder; a draft that is put into the outbox is sent'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "mark" -d 'Mark a letter as read, or as unread'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "delete" -d 'Remove a letter for good'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "outbox" -d 'List the letters that wait for a receiver'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and not __fish_seen_subcommand_from list read send move mark delete outbox help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from list" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from list" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from read" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from read" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from read" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from read" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l to -d 'A receiver (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l cc -d 'A receiver of a copy (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l bcc -d 'A receiver whom the others do not see (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l subject -d 'The subject' -r
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l attach -d 'Attach this file (repeatable); receivers fetch it from you' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l draft -d 'Do not send it, keep it among the drafts'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from move" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from move" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from move" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from mark" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from mark" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from mark" -l unread -d 'Not read'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from mark" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from mark" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from delete" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from delete" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from delete" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from outbox" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from outbox" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from outbox" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from outbox" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "list" -d 'List letters, the newest first (this is the default)'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "read" -d 'Print a letter; it is read from then on'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "send" -d 'Send a letter'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "move" -d 'Put a letter into another folder; a draft that is put into the outbox is sent'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "mark" -d 'Mark a letter as read, or as unread'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove a letter for good'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "outbox" -d 'List the letters that wait for a receiver'
complete -c tincan -n "__fish_tincan_using_subcommand mail; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "share" -d 'Share a folder; once more changes who may see it'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "unshare" -d 'Share a folder no more'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "shares" -d 'List what is shared, and how far hashing is'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "rescan" -d 'Look at the shared folders again'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "pause" -d 'Stop hashing, or let a download rest'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "resume" -d 'Go on hashing, or with a download'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "browse" -d 'List what a friend shares'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "search" -d 'Search in what all friends share: every word has to occur in a name'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "offers" -d 'List single files on offer: yours, attachments of letters included, and those offered to you'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "unoffer" -d 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "link" -d 'Print the link of a file that is shared'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "get" -d 'Fetch files: prints the path of each that has arrived'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "downloads" -d 'List the downloads'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "cancel" -d 'Give a download up, and remove what has come of it'
complete -c tincan -n "__fish_tincan_using_subcommand files; and not __fish_seen_subcommand_from share unshare shares rescan pause resume browse search offers unoffer link get downloads cancel help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l with -d 'Only for this friend (repeatable); for all when left out' -r
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l name -d 'What friends see it called [default: its own name]' -r
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l by-hash -d 'Nobody sees it in lists; a friend who knows a file\'s link may fetch it'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l wait -d 'Wait until all of it is hashed'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from share" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unshare" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unshare" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unshare" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unshare" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from shares" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from shares" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from shares" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from shares" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from rescan" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from rescan" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from rescan" -l wait -d 'Wait until all is hashed'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from rescan" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from rescan" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from pause" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from pause" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from pause" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from resume" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from resume" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from resume" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from browse" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from browse" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from browse" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from browse" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from search" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from search" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from search" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from offers" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from offers" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from offers" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from offers" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unoffer" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unoffer" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unoffer" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from unoffer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from link" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from link" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from link" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l from -d 'Ask this friend too, besides those who are known to have it' -r
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l dir -d 'Where to put them [default: the incoming folder]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l no-wait -d 'Do not wait; the node goes on by itself'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from downloads" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from downloads" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from downloads" -l watch -d 'Follow them until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from downloads" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from downloads" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from cancel" -l data -d 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from cancel" -l config -d 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from cancel" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "share" -d 'Share a folder; once more changes who may see it'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "unshare" -d 'Share a folder no more'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "shares" -d 'List what is shared, and how far hashing is'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "rescan" -d 'Look at the shared folders again'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Stop hashing, or let a download rest'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Go on hashing, or with a download'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "browse" -d 'List what a friend shares'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "search" -d 'Search in what all friends share: every word has to occur in a name'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "offers" -d 'List single files on offer: yours, attachments of letters included, and those offered to you'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "unoffer" -d 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "link" -d 'Print the link of a file that is shared'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "get" -d 'Fetch files: prints the path of each that has arrived'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "downloads" -d 'List the downloads'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "cancel" -d 'Give a download up, and remove what has come of it'
complete -c tincan -n "__fish_tincan_using_subcommand files; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand completions" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -f -a "man" -d 'The manual pages, one for each command'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -f -a "completions" -d 'The completions for bash, elvish, fish, PowerShell and zsh'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -f -a "key" -d 'A key for `cs594.key`: 32 random hexadecimal digits'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -f -a "config" -d 'A configuration file with every key, its meaning and its default'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and not __fish_seen_subcommand_from man completions key config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from key" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "man" -d 'The manual pages, one for each command'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "completions" -d 'The completions for bash, elvish, fish, PowerShell and zsh'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "key" -d 'A key for `cs594.key`: 32 random hexadecimal digits'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "config" -d 'A configuration file with every key, its meaning and its default'
complete -c tincan -n "__fish_tincan_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "serve" -d 'Run a hub: one conversation space behind three wires'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "account" -d 'Make, list, change and remove accounts; a running hub takes notice at once'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "config" -d 'Print the settings in effect, each with where it came from'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "lan" -d 'See who is on the LAN; you stay unseen'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "friends" -d 'Your friends: who they are, how they are, and the node that connects you to them'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "chat" -d 'Talk: a terminal client with line editing, history and completion'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "send" -d 'Send one message to a person or a room, then quit'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "listen" -d 'Print what happens until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "offer" -d 'Send a file to a person who accepts it'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "fetch" -d 'Accept files that are offered, or fetch a friend\'s'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "rooms" -d 'List the rooms that have members'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "users" -d 'List the members of rooms, or friends'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "whois" -d 'Ask whether people are here'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "history" -d 'Print what was said before in a room or with a person'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "mail" -d 'Mail between friends: letters with a subject, for several people, with files'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "files" -d 'Files among friends: share folders, look into theirs, search, fetch'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "completions" -d 'Print the completions for a shell'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "generate" -d 'Make files for packagers and hub keepers'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan friends chat send listen offer fetch rooms users whois history mail files completions generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "add" -d 'Make an account'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "list" -d 'List the accounts'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "remove" -d 'Remove an account and the letters in its mailbox'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "passwd" -d 'Give an account a new password'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "cert" -d 'Say which TLS client certificate speaks for an account'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "run" -d 'Run the node without showing anything, for a service'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "init" -d 'Make your profile and this machine\'s key'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "import" -d 'Make this machine another one of your profile\'s, from its exported secret key'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "export" -d 'Print your profile\'s key, or write it to a file'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "invite" -d 'Print what a friend needs to add you'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "add" -d 'Approve somebody by their certificate or invite'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "list" -d 'List everybody known: friends, those who asked, friends of friends'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "approve" -d 'Approve somebody who asked, or who is a friend of a friend'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "deny" -d 'Do not approve somebody who asked; they may ask again'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "remove" -d 'End a friendship; what was said is kept'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "block" -d 'Never hear of somebody again'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "unblock" -d 'Let somebody who was blocked ask again'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "sign" -d 'Sign a friend\'s key: you say to others that it is theirs'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "trust" -d 'Say how far you trust a friend\'s judgement of others'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "status" -d 'Show who and how you are, or tell friends how you are'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "picture" -d 'Show your friends a picture of you'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "outbox" -d 'List what waits to be sent, messages and mail'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from friends" -f -a "call" -d 'Call a friend now, whatever the pause'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "list" -d 'List letters, the newest first (this is the default)'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "read" -d 'Print a letter; it is read from then on'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "send" -d 'Send a letter'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "move" -d 'Put a letter into another folder; a draft that is put into the outbox is sent'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "mark" -d 'Mark a letter as read, or as unread'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "delete" -d 'Remove a letter for good'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from mail" -f -a "outbox" -d 'List the letters that wait for a receiver'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "share" -d 'Share a folder; once more changes who may see it'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "unshare" -d 'Share a folder no more'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "shares" -d 'List what is shared, and how far hashing is'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "rescan" -d 'Look at the shared folders again'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "pause" -d 'Stop hashing, or let a download rest'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "resume" -d 'Go on hashing, or with a download'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "browse" -d 'List what a friend shares'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "search" -d 'Search in what all friends share: every word has to occur in a name'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "offers" -d 'List single files on offer: yours, attachments of letters included, and those offered to you'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "unoffer" -d 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "link" -d 'Print the link of a file that is shared'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "get" -d 'Fetch files: prints the path of each that has arrived'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "downloads" -d 'List the downloads'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from files" -f -a "cancel" -d 'Give a download up, and remove what has come of it'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "man" -d 'The manual pages, one for each command'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "completions" -d 'The completions for bash, elvish, fish, PowerShell and zsh'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "key" -d 'A key for `cs594.key`: 32 random hexadecimal digits'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "config" -d 'A configuration file with every key, its meaning and its default'
