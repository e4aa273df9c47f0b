
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'tincan' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'tincan'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'tincan' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a hub: one conversation space behind three wires')
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'Make, list, change and remove accounts; a running hub takes notice at once')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Print the settings in effect, each with where it came from')
            [CompletionResult]::new('lan', 'lan', [CompletionResultType]::ParameterValue, 'See who is on the LAN; you stay unseen')
            [CompletionResult]::new('chat', 'chat', [CompletionResultType]::ParameterValue, 'Talk: a terminal client with line editing, history and completion')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send one message to a person or a room, then quit')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Print what happens until interrupted')
            [CompletionResult]::new('offer', 'offer', [CompletionResultType]::ParameterValue, 'Send a file to a person who accepts it')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Accept files that are offered, until interrupted')
            [CompletionResult]::new('rooms', 'rooms', [CompletionResultType]::ParameterValue, 'List the rooms that have members')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'List the members of rooms')
            [CompletionResult]::new('whois', 'whois', [CompletionResultType]::ParameterValue, 'Ask whether people are here')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Print what was said before in a room or with a person')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make files for packagers and hub keepers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;serve' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('--cs494', '--cs494', [CompletionResultType]::ParameterName, 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]')
            [CompletionResult]::new('--cs594', '--cs594', [CompletionResultType]::ParameterName, 'Where cs594 listens [default: 127.0.0.1:8000]')
            [CompletionResult]::new('--cp', '--cp', [CompletionResultType]::ParameterName, 'Where cp listens [default: 127.0.0.1:5035]')
            [CompletionResult]::new('--ops', '--ops', [CompletionResultType]::ParameterName, 'Where metrics and the health page are served [default: 127.0.0.1:9494]')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set any configuration key, e.g. limits.users=2 (repeatable)')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;account' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the accounts')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account and the letters in its mailbox')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give an account a new password')
            [CompletionResult]::new('cert', 'cert', [CompletionResultType]::ParameterValue, 'Say which TLS client certificate speaks for an account')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;account;add' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('--allow-confusable', '--allow-confusable', [CompletionResultType]::ParameterName, 'Make it though another account''s name is easily confused with it')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;account;list' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;account;remove' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;account;passwd' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;account;cert' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'No certificate speaks for the account any more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;account;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the accounts')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account and the letters in its mailbox')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give an account a new password')
            [CompletionResult]::new('cert', 'cert', [CompletionResultType]::ParameterValue, 'Say which TLS client certificate speaks for an account')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;account;help;add' {
            break
        }
        'tincan;account;help;list' {
            break
        }
        'tincan;account;help;remove' {
            break
        }
        'tincan;account;help;passwd' {
            break
        }
        'tincan;account;help;cert' {
            break
        }
        'tincan;account;help;help' {
            break
        }
        'tincan;config' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder with the hub''s data [default: tincan in the platform''s data folder]')
            [CompletionResult]::new('--cs494', '--cs494', [CompletionResultType]::ParameterName, 'Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]')
            [CompletionResult]::new('--cs594', '--cs594', [CompletionResultType]::ParameterName, 'Where cs594 listens [default: 127.0.0.1:8000]')
            [CompletionResult]::new('--cp', '--cp', [CompletionResultType]::ParameterName, 'Where cp listens [default: 127.0.0.1:5035]')
            [CompletionResult]::new('--ops', '--ops', [CompletionResultType]::ParameterName, 'Where metrics and the health page are served [default: 127.0.0.1:9494]')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set any configuration key, e.g. limits.users=2 (repeatable)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line: key, value, origin')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;lan' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to look before the list is printed')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line, until interrupted')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Print a list once and quit')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look for reasons why people do not see each other')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Print the fingerprint of this machine''s key, and the known keys of others')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget the key of a person who has a new one')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;lan;doctor' {
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;lan;key' {
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;lan;forget' {
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;lan;help' {
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look for reasons why people do not see each other')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Print the fingerprint of this machine''s key, and the known keys of others')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget the key of a person who has a new one')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;lan;help;doctor' {
            break
        }
        'tincan;lan;help;key' {
            break
        }
        'tincan;lan;help;forget' {
            break
        }
        'tincan;lan;help;help' {
            break
        }
        'tincan;chat' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--room', '--room', [CompletionResultType]::ParameterName, 'Enter this room (repeatable)')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;send' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'A person, or a room as ''#ROOM''; on the LAN the address names the person')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;listen' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--room', '--room', [CompletionResultType]::ParameterName, 'Enter this room (repeatable)')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;offer' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The person; on the LAN the address names them')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;fetch' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Accept from this person only; others are declined')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Where to put the files; none that is there is overwritten')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Quit after so many files')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Decline larger files')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Quit after one file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;rooms' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;users' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--room', '--room', [CompletionResultType]::ParameterName, 'Only this room (repeatable); all rooms when left out')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;whois' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Be called so [default: the system''s names of you and of this machine]')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'How you are')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'How you are, in your own words')
            [CompletionResult]::new('--picture', '--picture', [CompletionResultType]::ParameterName, 'Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes')
            [CompletionResult]::new('--nick', '--nick', [CompletionResultType]::ParameterName, 'Publish this nickname')
            [CompletionResult]::new('--first', '--first', [CompletionResultType]::ParameterName, 'Publish this first name')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Publish this last name')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Publish this electronic mail address')
            [CompletionResult]::new('--jid', '--jid', [CompletionResultType]::ParameterName, 'Publish this address in the XMPP network')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Listen there [default: 5298; any free port where that is taken, or is 0]')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('--private', '--private', [CompletionResultType]::ParameterName, 'Publish nothing personal, whatever else is set: no names, addresses, picture')
            [CompletionResult]::new('--require-tls', '--require-tls', [CompletionResultType]::ParameterName, 'Talk only where it is encrypted: to other Tincans')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;history' {
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'By TLS: trust the certificates in this PEM file, and no others (a hub''s own, for one)')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of --cert (PEM)')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'How many messages')
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'Only what is older than the message with this id')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;generate' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'The manual pages, one for each command')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'The completions for bash, elvish, fish, PowerShell and zsh')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'A key for `cs594.key`: 32 random hexadecimal digits')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'A configuration file with every key, its meaning and its default')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;generate;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;generate;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;generate;key' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;generate;config' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;generate;help' {
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'The manual pages, one for each command')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'The completions for bash, elvish, fish, PowerShell and zsh')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'A key for `cs594.key`: 32 random hexadecimal digits')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'A configuration file with every key, its meaning and its default')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;generate;help;man' {
            break
        }
        'tincan;generate;help;completions' {
            break
        }
        'tincan;generate;help;key' {
            break
        }
        'tincan;generate;help;config' {
            break
        }
        'tincan;generate;help;help' {
            break
        }
        'tincan;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a hub: one conversation space behind three wires')
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'Make, list, change and remove accounts; a running hub takes notice at once')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Print the settings in effect, each with where it came from')
            [CompletionResult]::new('lan', 'lan', [CompletionResultType]::ParameterValue, 'See who is on the LAN; you stay unseen')
            [CompletionResult]::new('chat', 'chat', [CompletionResultType]::ParameterValue, 'Talk: a terminal client with line editing, history and completion')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send one message to a person or a room, then quit')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Print what happens until interrupted')
            [CompletionResult]::new('offer', 'offer', [CompletionResultType]::ParameterValue, 'Send a file to a person who accepts it')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Accept files that are offered, until interrupted')
            [CompletionResult]::new('rooms', 'rooms', [CompletionResultType]::ParameterValue, 'List the rooms that have members')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'List the members of rooms')
            [CompletionResult]::new('whois', 'whois', [CompletionResultType]::ParameterValue, 'Ask whether people are here')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Print what was said before in a room or with a person')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make files for packagers and hub keepers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;help;serve' {
            break
        }
        'tincan;help;account' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the accounts')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove an account and the letters in its mailbox')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give an account a new password')
            [CompletionResult]::new('cert', 'cert', [CompletionResultType]::ParameterValue, 'Say which TLS client certificate speaks for an account')
            break
        }
        'tincan;help;account;add' {
            break
        }
        'tincan;help;account;list' {
            break
        }
        'tincan;help;account;remove' {
            break
        }
        'tincan;help;account;passwd' {
            break
        }
        'tincan;help;account;cert' {
            break
        }
        'tincan;help;config' {
            break
        }
        'tincan;help;lan' {
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look for reasons why people do not see each other')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Print the fingerprint of this machine''s key, and the known keys of others')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget the key of a person who has a new one')
            break
        }
        'tincan;help;lan;doctor' {
            break
        }
        'tincan;help;lan;key' {
            break
        }
        'tincan;help;lan;forget' {
            break
        }
        'tincan;help;chat' {
            break
        }
        'tincan;help;send' {
            break
        }
        'tincan;help;listen' {
            break
        }
        'tincan;help;offer' {
            break
        }
        'tincan;help;fetch' {
            break
        }
        'tincan;help;rooms' {
            break
        }
        'tincan;help;users' {
            break
        }
        'tincan;help;whois' {
            break
        }
        'tincan;help;history' {
            break
        }
        'tincan;help;completions' {
            break
        }
        'tincan;help;generate' {
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'The manual pages, one for each command')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'The completions for bash, elvish, fish, PowerShell and zsh')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'A key for `cs594.key`: 32 random hexadecimal digits')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'A configuration file with every key, its meaning and its default')
            break
        }
        'tincan;help;generate;man' {
            break
        }
        'tincan;help;generate;completions' {
            break
        }
        'tincan;help;generate;key' {
            break
        }
        'tincan;help;generate;config' {
            break
        }
        'tincan;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
