
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
            cand chat 'Talk: a terminal client with line editing, history and completion'
            cand send 'Send one message to a person or a room, then quit'
            cand listen 'Print what happens until interrupted'
            cand offer 'Send a file to a person who accepts it'
            cand fetch 'Accept files that are offered, until interrupted'
            cand rooms 'List the rooms that have members'
            cand users 'List the members of rooms'
            cand whois 'Ask whether people are here'
            cand history 'Print what was said before in a room or with a person'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tincan;lan;key'= {
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
            cand --json 'One JSON object a line'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tincan;lan;forget'= {
            cand --interface 'Take part on this interface only (repeatable)'
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --to 'A person, or a room as ''#ROOM''; on the LAN the address names the person'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --to 'The person; on the LAN the address names them'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --data 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]'
            cand --config 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]'
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
            cand --tls 'Speak TLS; PORT is then the hub''s TLS port and has to be given'
            cand --json 'One JSON object a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
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
            cand chat 'Talk: a terminal client with line editing, history and completion'
            cand send 'Send one message to a person or a room, then quit'
            cand listen 'Print what happens until interrupted'
            cand offer 'Send a file to a person who accepts it'
            cand fetch 'Accept files that are offered, until interrupted'
            cand rooms 'List the rooms that have members'
            cand users 'List the members of rooms'
            cand whois 'Ask whether people are here'
            cand history 'Print what was said before in a room or with a person'
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
