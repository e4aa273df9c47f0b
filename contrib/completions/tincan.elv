
use builtin;
use str;

set edit:completion:arg-completer[tincan] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'tincan'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'tincan'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand serve 'Run a hub: one conversation space behind three wires'
            cand account 'Make, list, change and remove accounts; a running hub takes notice at once'
            cand config 'Print the settings in effect, each with where it came from'
            cand lan 'See who is on the LAN; you stay unseen'
            cand friends 'Your friends: who they are, how they are, and the node that connects you to them'
            cand chat 'Talk: a terminal client with line editing, history and completion'
            cand send 'Send one message to a person or a room, then quit'
            cand listen 'Print what happens until interrupted'
            cand offer 'Send a file to a person who accepts it'
            cand fetch 'Accept files that are offered, or fetch a friend''s'
            cand rooms 'List the rooms that have members'
            cand users 'List the members of rooms, or friends'
            cand whois 'Ask whether people are here'
            cand history 'Print what was said before in a room or with a person'
            cand mail 'Mail between friends: letters with a subject, for several people, with files'
            cand files 'Files among friends: share folders, look into theirs, search, fetch'
            cand completions 'Print the completions for a shell'
            cand generate 'Make files for packagers and hub keepers'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;serve'= {
            cand --config 'The configuration file (TOML)'
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand --cs494 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]'
            cand --cs594 'Where cs594 listens [default: 127.0.0.1:8000]'
            cand --cp 'Where cp listens [default: 127.0.0.1:5035]'
            cand --ops 'Where metrics and the health page are served [default: 127.0.0.1:9494]'
            cand --set 'Set any configuration key, e.g. limits.users=2 (repeatable)'
            cand --log-format 'How log lines look on standard error'
            cand -v 'Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`'
            cand --verbose 'Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;account'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Make an account'
            cand list 'List the accounts'
            cand remove 'Remove an account and the letters in its mailbox'
            cand passwd 'Give an account a new password'
            cand cert 'Say which TLS client certificate speaks for an account'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;account;add'= {
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand --allow-confusable 'Make it though another account''s name is easily confused with it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;account;list'= {
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;account;remove'= {
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;account;passwd'= {
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;account;cert'= {
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand --remove 'No certificate speaks for the account any more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;account;help'= {
            cand add 'Make an account'
            cand list 'List the accounts'
            cand remove 'Remove an account and the letters in its mailbox'
            cand passwd 'Give an account a new password'
            cand cert 'Say which TLS client certificate speaks for an account'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;account;help;add'= {
        }
        &'tincan;account;help;list'= {
        }
        &'tincan;account;help;remove'= {
        }
        &'tincan;account;help;passwd'= {
        }
        &'tincan;account;help;cert'= {
        }
        &'tincan;account;help;help'= {
        }
        &'tincan;config'= {
            cand --config 'The configuration file (TOML)'
            cand --data 'The folder with the hub''s data [default: tincan in the platform''s data folder]'
            cand --cs494 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]'
            cand --cs594 'Where cs594 listens [default: 127.0.0.1:8000]'
            cand --cp 'Where cp listens [default: 127.0.0.1:5035]'
            cand --ops 'Where metrics and the health page are served [default: 127.0.0.1:9494]'
            cand --set 'Set any configuration key, e.g. limits.users=2 (repeatable)'
            cand --json 'One JSON object a line: key, value, origin'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;lan'= {
            cand --wait 'How long to look before the list is printed'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line, until interrupted'
            cand --once 'Print a list once and quit'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand doctor 'Look for reasons why people do not see each other'
            cand key 'Print the fingerprint of this machine''s key, and the known keys of others'
            cand forget 'Forget the key of a person who has a new one'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;lan;doctor'= {
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;lan;key'= {
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;lan;forget'= {
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;lan;help'= {
            cand doctor 'Look for reasons why people do not see each other'
            cand key 'Print the fingerprint of this machine''s key, and the known keys of others'
            cand forget 'Forget the key of a person who has a new one'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;lan;help;doctor'= {
        }
        &'tincan;lan;help;key'= {
        }
        &'tincan;lan;help;forget'= {
        }
        &'tincan;lan;help;help'= {
        }
        &'tincan;friends'= {
            cand --listen 'Listen there for friends (repeatable) [default: port 7812 of all addresses]'
            cand --announce 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line, until interrupted'
            cand --once 'Print a list once and quit'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand run 'Run the node without showing anything, for a service'
            cand init 'Make your profile and this machine''s key'
            cand import 'Make this machine another one of your profile''s, from its exported secret key'
            cand export 'Print your profile''s key, or write it to a file'
            cand invite 'Print what a friend needs to add you'
            cand add 'Approve somebody by their certificate or invite'
            cand list 'List everybody known: friends, those who asked, friends of friends'
            cand approve 'Approve somebody who asked, or who is a friend of a friend'
            cand deny 'Do not approve somebody who asked; they may ask again'
            cand remove 'End a friendship; what was said is kept'
            cand block 'Never hear of somebody again'
            cand unblock 'Let somebody who was blocked ask again'
            cand sign 'Sign a friend''s key: you say to others that it is theirs'
            cand trust 'Say how far you trust a friend''s judgement of others'
            cand status 'Show who and how you are, or tell friends how you are'
            cand picture 'Show your friends a picture of you'
            cand outbox 'List what waits to be sent, messages and mail'
            cand call 'Call a friend now, whatever the pause'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;friends;run'= {
            cand --listen 'Listen there for friends (repeatable) [default: port 7812 of all addresses]'
            cand --announce 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;init'= {
            cand --name 'What friends see you called [default: the system''s name of you]'
            cand --email 'An electronic mail address in the profile; friends can read it [default: none]'
            cand --location 'What this machine is called for friends [default: the system''s name of it]'
            cand --key 'Take the profile from this exported secret key instead of making a new one'
            cand --bits 'How strong the keys are'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;import'= {
            cand --location 'What this machine is called for friends [default: the system''s name]'
            cand --bits 'How strong this machine''s key is'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;export'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --secret 'The secret key, for another machine of yours; it stays encrypted with the passphrase'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;invite'= {
            cand --address 'An address where you can be reached, tried first (repeatable)'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --short 'A short invite (this is the default)'
            cand --certificate 'The certificate instead: it holds your key, so that friends can check it at once'
            cand --qr 'Show the short invite as a QR code too, on standard error'
            cand --footer 'In lines of 64 characters below a heading, for the end of an electronic mail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;add'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'The friend as a JSON object'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;list'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;approve'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;deny'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;remove'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;block'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;unblock'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;sign'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;trust'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;status'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'A JSON object'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;friends;picture'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --none 'None any more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;outbox'= {
            cand --withdraw 'Take this one back'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;call'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;friends;help'= {
            cand run 'Run the node without showing anything, for a service'
            cand init 'Make your profile and this machine''s key'
            cand import 'Make this machine another one of your profile''s, from its exported secret key'
            cand export 'Print your profile''s key, or write it to a file'
            cand invite 'Print what a friend needs to add you'
            cand add 'Approve somebody by their certificate or invite'
            cand list 'List everybody known: friends, those who asked, friends of friends'
            cand approve 'Approve somebody who asked, or who is a friend of a friend'
            cand deny 'Do not approve somebody who asked; they may ask again'
            cand remove 'End a friendship; what was said is kept'
            cand block 'Never hear of somebody again'
            cand unblock 'Let somebody who was blocked ask again'
            cand sign 'Sign a friend''s key: you say to others that it is theirs'
            cand trust 'Say how far you trust a friend''s judgement of others'
            cand status 'Show who and how you are, or tell friends how you are'
            cand picture 'Show your friends a picture of you'
            cand outbox 'List what waits to be sent, messages and mail'
            cand call 'Call a friend now, whatever the pause'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;friends;help;run'= {
        }
        &'tincan;friends;help;init'= {
        }
        &'tincan;friends;help;import'= {
        }
        &'tincan;friends;help;export'= {
        }
        &'tincan;friends;help;invite'= {
        }
        &'tincan;friends;help;add'= {
        }
        &'tincan;friends;help;list'= {
        }
        &'tincan;friends;help;approve'= {
        }
        &'tincan;friends;help;deny'= {
        }
        &'tincan;friends;help;remove'= {
        }
        &'tincan;friends;help;block'= {
        }
        &'tincan;friends;help;unblock'= {
        }
        &'tincan;friends;help;sign'= {
        }
        &'tincan;friends;help;trust'= {
        }
        &'tincan;friends;help;status'= {
        }
        &'tincan;friends;help;picture'= {
        }
        &'tincan;friends;help;outbox'= {
        }
        &'tincan;friends;help;call'= {
        }
        &'tincan;friends;help;help'= {
        }
        &'tincan;chat'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --room 'Enter this room (repeatable)'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;send'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --to 'A person, or a room as ''#ROOM''; on the LAN and among friends the address names the person'
            cand --wait 'Among friends: wait so long until a machine of theirs has the message, and fail if none has'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;listen'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --room 'Enter this room (repeatable)'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;offer'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --to 'The person; on the LAN and among friends the address names them'
            cand --timeout 'How long to wait for an answer'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;fetch'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --from 'Accept from this person only; others are declined'
            cand --dir 'Where to put the files; none that is there is overwritten'
            cand --count 'Quit after so many files'
            cand --max-size 'Decline larger files'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --once 'Quit after one file'
            cand --json 'One JSON object a line'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;rooms'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;users'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --room 'Only this room (repeatable); all rooms when left out'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;whois'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --name 'Be called so [default: the system''s names of you and of this machine]'
            cand --status 'How you are'
            cand --message 'How you are, in your own words'
            cand --picture 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes'
            cand --nick 'Publish this nickname'
            cand --first 'Publish this first name'
            cand --last 'Publish this last name'
            cand --email 'Publish this electronic mail address'
            cand --jid 'Publish this address in the XMPP network'
            cand --port 'Listen there [default: 5298; any free port where that is taken, or is 0]'
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends'
            cand --config 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand --private 'Publish nothing personal, whatever else is set: no names, addresses, picture'
            cand --require-tls 'Talk only where it is encrypted: to other Tincans'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;history'= {
            cand --ca 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)'
            cand --pin 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)'
            cand --cert 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)'
            cand --key 'The private key of --cert (PEM)'
            cand --limit 'How many messages'
            cand --before 'Only what is older than the message with this id'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;mail'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List letters, the newest first (this is the default)'
            cand read 'Print a letter; it is read from then on'
            cand send 'Send a letter'
            cand move 'Put a letter into another folder; a draft that is put into the outbox is sent'
            cand mark 'Mark a letter as read, or as unread'
            cand delete 'Remove a letter for good'
            cand outbox 'List the letters that wait for a receiver'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;mail;list'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;mail;read'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;mail;send'= {
            cand --to 'A receiver (repeatable)'
            cand --cc 'A receiver of a copy (repeatable)'
            cand --bcc 'A receiver whom the others do not see (repeatable)'
            cand --subject 'The subject'
            cand --attach 'Attach this file (repeatable); receivers fetch it from you'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --draft 'Do not send it, keep it among the drafts'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;mail;move'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;mail;mark'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --unread 'Not read'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;mail;delete'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;mail;outbox'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;mail;help'= {
            cand list 'List letters, the newest first (this is the default)'
            cand read 'Print a letter; it is read from then on'
            cand send 'Send a letter'
            cand move 'Put a letter into another folder; a draft that is put into the outbox is sent'
            cand mark 'Mark a letter as read, or as unread'
            cand delete 'Remove a letter for good'
            cand outbox 'List the letters that wait for a receiver'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;mail;help;list'= {
        }
        &'tincan;mail;help;read'= {
        }
        &'tincan;mail;help;send'= {
        }
        &'tincan;mail;help;move'= {
        }
        &'tincan;mail;help;mark'= {
        }
        &'tincan;mail;help;delete'= {
        }
        &'tincan;mail;help;outbox'= {
        }
        &'tincan;mail;help;help'= {
        }
        &'tincan;files'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand share 'Share a folder; once more changes who may see it'
            cand unshare 'Share a folder no more'
            cand shares 'List what is shared, and how far hashing is'
            cand rescan 'Look at the shared folders again'
            cand pause 'Stop hashing, or let a download rest'
            cand resume 'Go on hashing, or with a download'
            cand browse 'List what a friend shares'
            cand search 'Search in what all friends share: every word has to occur in a name'
            cand offers 'List single files on offer: yours, attachments of letters included, and those offered to you'
            cand unoffer 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
            cand link 'Print the link of a file that is shared'
            cand get 'Fetch files: prints the path of each that has arrived'
            cand downloads 'List the downloads'
            cand cancel 'Give a download up, and remove what has come of it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;files;share'= {
            cand --with 'Only for this friend (repeatable); for all when left out'
            cand --name 'What friends see it called [default: its own name]'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --by-hash 'Nobody sees it in lists; a friend who knows a file''s link may fetch it'
            cand --wait 'Wait until all of it is hashed'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;files;unshare'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;shares'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;rescan'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --wait 'Wait until all is hashed'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;pause'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;resume'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;browse'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;search'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;offers'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;unoffer'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;files;link'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;get'= {
            cand --from 'Ask this friend too, besides those who are known to have it'
            cand --dir 'Where to put them [default: the incoming folder]'
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --no-wait 'Do not wait; the node goes on by itself'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;downloads'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --watch 'Follow them until interrupted'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;cancel'= {
            cand --data 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;files;help'= {
            cand share 'Share a folder; once more changes who may see it'
            cand unshare 'Share a folder no more'
            cand shares 'List what is shared, and how far hashing is'
            cand rescan 'Look at the shared folders again'
            cand pause 'Stop hashing, or let a download rest'
            cand resume 'Go on hashing, or with a download'
            cand browse 'List what a friend shares'
            cand search 'Search in what all friends share: every word has to occur in a name'
            cand offers 'List single files on offer: yours, attachments of letters included, and those offered to you'
            cand unoffer 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
            cand link 'Print the link of a file that is shared'
            cand get 'Fetch files: prints the path of each that has arrived'
            cand downloads 'List the downloads'
            cand cancel 'Give a download up, and remove what has come of it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;files;help;share'= {
        }
        &'tincan;files;help;unshare'= {
        }
        &'tincan;files;help;shares'= {
        }
        &'tincan;files;help;rescan'= {
        }
        &'tincan;files;help;pause'= {
        }
        &'tincan;files;help;resume'= {
        }
        &'tincan;files;help;browse'= {
        }
        &'tincan;files;help;search'= {
        }
        &'tincan;files;help;offers'= {
        }
        &'tincan;files;help;unoffer'= {
        }
        &'tincan;files;help;link'= {
        }
        &'tincan;files;help;get'= {
        }
        &'tincan;files;help;downloads'= {
        }
        &'tincan;files;help;cancel'= {
        }
        &'tincan;files;help;help'= {
        }
        &'tincan;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;generate'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand man 'The manual pages, one for each command'
            cand completions 'The completions for bash, elvish, fish, PowerShell and zsh'
            cand key 'A key for `cs594.key`: 32 random hexadecimal digits'
            cand config 'A configuration file with every key, its meaning and its default'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;generate;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;generate;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;generate;key'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;generate;config'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;generate;help'= {
            cand man 'The manual pages, one for each command'
            cand completions 'The completions for bash, elvish, fish, PowerShell and zsh'
            cand key 'A key for `cs594.key`: 32 random hexadecimal digits'
            cand config 'A configuration file with every key, its meaning and its default'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;generate;help;man'= {
        }
        &'tincan;generate;help;completions'= {
        }
        &'tincan;generate;help;key'= {
        }
        &'tincan;generate;help;config'= {
        }
        &'tincan;generate;help;help'= {
        }
        &'tincan;help'= {
            cand serve 'Run a hub: one conversation space behind three wires'
            cand account 'Make, list, change and remove accounts; a running hub takes notice at once'
            cand config 'Print the settings in effect, each with where it came from'
            cand lan 'See who is on the LAN; you stay unseen'
            cand friends 'Your friends: who they are, how they are, and the node that connects you to them'
            cand chat 'Talk: a terminal client with line editing, history and completion'
            cand send 'Send one message to a person or a room, then quit'
            cand listen 'Print what happens until interrupted'
            cand offer 'Send a file to a person who accepts it'
            cand fetch 'Accept files that are offered, or fetch a friend''s'
            cand rooms 'List the rooms that have members'
            cand users 'List the members of rooms, or friends'
            cand whois 'Ask whether people are here'
            cand history 'Print what was said before in a room or with a person'
            cand mail 'Mail between friends: letters with a subject, for several people, with files'
            cand files 'Files among friends: share folders, look into theirs, search, fetch'
            cand completions 'Print the completions for a shell'
            cand generate 'Make files for packagers and hub keepers'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tincan;help;serve'= {
        }
        &'tincan;help;account'= {
            cand add 'Make an account'
            cand list 'List the accounts'
            cand remove 'Remove an account and the letters in its mailbox'
            cand passwd 'Give an account a new password'
            cand cert 'Say which TLS client certificate speaks for an account'
        }
        &'tincan;help;account;add'= {
        }
        &'tincan;help;account;list'= {
        }
        &'tincan;help;account;remove'= {
        }
        &'tincan;help;account;passwd'= {
        }
        &'tincan;help;account;cert'= {
        }
        &'tincan;help;config'= {
        }
        &'tincan;help;lan'= {
            cand doctor 'Look for reasons why people do not see each other'
            cand key 'Print the fingerprint of this machine''s key, and the known keys of others'
            cand forget 'Forget the key of a person who has a new one'
        }
        &'tincan;help;lan;doctor'= {
        }
        &'tincan;help;lan;key'= {
        }
        &'tincan;help;lan;forget'= {
        }
        &'tincan;help;friends'= {
            cand run 'Run the node without showing anything, for a service'
            cand init 'Make your profile and this machine''s key'
            cand import 'Make this machine another one of your profile''s, from its exported secret key'
            cand export 'Print your profile''s key, or write it to a file'
            cand invite 'Print what a friend needs to add you'
            cand add 'Approve somebody by their certificate or invite'
            cand list 'List everybody known: friends, those who asked, friends of friends'
            cand approve 'Approve somebody who asked, or who is a friend of a friend'
            cand deny 'Do not approve somebody who asked; they may ask again'
            cand remove 'End a friendship; what was said is kept'
            cand block 'Never hear of somebody again'
            cand unblock 'Let somebody who was blocked ask again'
            cand sign 'Sign a friend''s key: you say to others that it is theirs'
            cand trust 'Say how far you trust a friend''s judgement of others'
            cand status 'Show who and how you are, or tell friends how you are'
            cand picture 'Show your friends a picture of you'
            cand outbox 'List what waits to be sent, messages and mail'
            cand call 'Call a friend now, whatever the pause'
        }
        &'tincan;help;friends;run'= {
        }
        &'tincan;help;friends;init'= {
        }
        &'tincan;help;friends;import'= {
        }
        &'tincan;help;friends;export'= {
        }
        &'tincan;help;friends;invite'= {
        }
        &'tincan;help;friends;add'= {
        }
        &'tincan;help;friends;list'= {
        }
        &'tincan;help;friends;approve'= {
        }
        &'tincan;help;friends;deny'= {
        }
        &'tincan;help;friends;remove'= {
        }
        &'tincan;help;friends;block'= {
        }
        &'tincan;help;friends;unblock'= {
        }
        &'tincan;help;friends;sign'= {
        }
        &'tincan;help;friends;trust'= {
        }
        &'tincan;help;friends;status'= {
        }
        &'tincan;help;friends;picture'= {
        }
        &'tincan;help;friends;outbox'= {
        }
        &'tincan;help;friends;call'= {
        }
        &'tincan;help;chat'= {
        }
        &'tincan;help;send'= {
        }
        &'tincan;help;listen'= {
        }
        &'tincan;help;offer'= {
        }
        &'tincan;help;fetch'= {
        }
        &'tincan;help;rooms'= {
        }
        &'tincan;help;users'= {
        }
        &'tincan;help;whois'= {
        }
        &'tincan;help;history'= {
        }
        &'tincan;help;mail'= {
            cand list 'List letters, the newest first (this is the default)'
            cand read 'Print a letter; it is read from then on'
            cand send 'Send a letter'
            cand move 'Put a letter into another folder; a draft that is put into the outbox is sent'
            cand mark 'Mark a letter as read, or as unread'
            cand delete 'Remove a letter for good'
            cand outbox 'List the letters that wait for a receiver'
        }
        &'tincan;help;mail;list'= {
        }
        &'tincan;help;mail;read'= {
        }
        &'tincan;help;mail;send'= {
        }
        &'tincan;help;mail;move'= {
        }
        &'tincan;help;mail;mark'= {
        }
        &'tincan;help;mail;delete'= {
        }
        &'tincan;help;mail;outbox'= {
        }
        &'tincan;help;files'= {
            cand share 'Share a folder; once more changes who may see it'
            cand unshare 'Share a folder no more'
            cand shares 'List what is shared, and how far hashing is'
            cand rescan 'Look at the shared folders again'
            cand pause 'Stop hashing, or let a download rest'
            cand resume 'Go on hashing, or with a download'
            cand browse 'List what a friend shares'
            cand search 'Search in what all friends share: every word has to occur in a name'
            cand offers 'List single files on offer: yours, attachments of letters included, and those offered to you'
            cand unoffer 'Take an offer back: the file is refused from now on, and a fetch that runs ends'
            cand link 'Print the link of a file that is shared'
            cand get 'Fetch files: prints the path of each that has arrived'
            cand downloads 'List the downloads'
            cand cancel 'Give a download up, and remove what has come of it'
        }
        &'tincan;help;files;share'= {
        }
        &'tincan;help;files;unshare'= {
        }
        &'tincan;help;files;shares'= {
        }
        &'tincan;help;files;rescan'= {
        }
        &'tincan;help;files;pause'= {
        }
        &'tincan;help;files;resume'= {
        }
        &'tincan;help;files;browse'= {
        }
        &'tincan;help;files;search'= {
        }
        &'tincan;help;files;offers'= {
        }
        &'tincan;help;files;unoffer'= {
        }
        &'tincan;help;files;link'= {
        }
        &'tincan;help;files;get'= {
        }
        &'tincan;help;files;downloads'= {
        }
        &'tincan;help;files;cancel'= {
        }
        &'tincan;help;completions'= {
        }
        &'tincan;help;generate'= {
            cand man 'The manual pages, one for each command'
            cand completions 'The completions for bash, elvish, fish, PowerShell and zsh'
            cand key 'A key for `cs594.key`: 32 random hexadecimal digits'
            cand config 'A configuration file with every key, its meaning and its default'
        }
        &'tincan;help;generate;man'= {
        }
        &'tincan;help;generate;completions'= {
        }
        &'tincan;help;generate;key'= {
        }
        &'tincan;help;generate;config'= {
        }
        &'tincan;help;help'= {
        }
    ]
    $completions[$command]
}
