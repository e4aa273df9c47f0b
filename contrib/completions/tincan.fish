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
complete -c tincan -n "__fish_tincan_needs_command" -f -a "chat" -d 'Talk: a terminal client with line editing, history and completion'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "send" -d 'Send one message to a person or a room, then quit'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "listen" -d 'Print what happens until interrupted'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "offer" -d 'Send a file to a person who accepts it'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "fetch" -d 'Accept files that are offered, until interrupted'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "rooms" -d 'List the rooms that have members'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "users" -d 'List the members of rooms'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "whois" -d 'Ask whether people are here'
complete -c tincan -n "__fish_tincan_needs_command" -f -a "history" -d 'Print what was said before in a room or with a person'
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
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l json -d 'One JSON object a line, until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -l once -d 'Print a list once and quit'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and not __fish_seen_subcommand_from doctor key forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from key" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l interface -d 'Take part on this interface only (repeatable)' -r
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand lan; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand send" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand send" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l to -d 'A person, or a room as \'#ROOM\'; on the LAN the address names the person' -r
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
complete -c tincan -n "__fish_tincan_using_subcommand send" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand send" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
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
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l private -d 'Publish nothing personal, whatever else is set: no names, addresses, picture'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -l require-tls -d 'Talk only where it is encrypted: to other Tincans'
complete -c tincan -n "__fish_tincan_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l ca -d 'By TLS: trust the certificates in this PEM file, and no others (a hub\'s own, for one)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l pin -d 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)' -r
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l cert -d 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l key -d 'The private key of --cert (PEM)' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l to -d 'The person; on the LAN the address names them' -r
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
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand offer" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
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
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand fetch" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
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
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l data -d 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]' -r -F
complete -c tincan -n "__fish_tincan_using_subcommand whois" -l config -d 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]' -r -F
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
complete -c tincan -n "__fish_tincan_using_subcommand history" -l tls -d 'Speak TLS; PORT is then the hub\'s TLS port and has to be given'
complete -c tincan -n "__fish_tincan_using_subcommand history" -l json -d 'One JSON object a line'
complete -c tincan -n "__fish_tincan_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "serve" -d 'Run a hub: one conversation space behind three wires'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "account" -d 'Make, list, change and remove accounts; a running hub takes notice at once'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "config" -d 'Print the settings in effect, each with where it came from'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "lan" -d 'See who is on the LAN; you stay unseen'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "chat" -d 'Talk: a terminal client with line editing, history and completion'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "send" -d 'Send one message to a person or a room, then quit'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "listen" -d 'Print what happens until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "offer" -d 'Send a file to a person who accepts it'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "fetch" -d 'Accept files that are offered, until interrupted'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "rooms" -d 'List the rooms that have members'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "users" -d 'List the members of rooms'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "whois" -d 'Ask whether people are here'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "history" -d 'Print what was said before in a room or with a person'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "completions" -d 'Print the completions for a shell'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "generate" -d 'Make files for packagers and hub keepers'
complete -c tincan -n "__fish_tincan_using_subcommand help; and not __fish_seen_subcommand_from serve account config lan chat send listen offer fetch rooms users whois history completions generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "add" -d 'Make an account'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "list" -d 'List the accounts'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "remove" -d 'Remove an account and the letters in its mailbox'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "passwd" -d 'Give an account a new password'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "cert" -d 'Say which TLS client certificate speaks for an account'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "doctor" -d 'Look for reasons why people do not see each other'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "key" -d 'Print the fingerprint of this machine\'s key, and the known keys of others'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from lan" -f -a "forget" -d 'Forget the key of a person who has a new one'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "man" -d 'The manual pages, one for each command'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "completions" -d 'The completions for bash, elvish, fish, PowerShell and zsh'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "key" -d 'A key for `cs594.key`: 32 random hexadecimal digits'
complete -c tincan -n "__fish_tincan_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "config" -d 'A configuration file with every key, its meaning and its default'
