
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
            [CompletionResult]::new('friends', 'friends', [CompletionResultType]::ParameterValue, 'Your friends: who they are, how they are, and the node that connects you to them')
            [CompletionResult]::new('chat', 'chat', [CompletionResultType]::ParameterValue, 'Talk: a terminal client with line editing, history and completion')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send one message to a person or a room, then quit')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Print what happens until interrupted')
            [CompletionResult]::new('offer', 'offer', [CompletionResultType]::ParameterValue, 'Send a file to a person who accepts it')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Accept files that are offered, or fetch a friend''s')
            [CompletionResult]::new('rooms', 'rooms', [CompletionResultType]::ParameterValue, 'List the rooms that have members')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'List the members of rooms, or friends')
            [CompletionResult]::new('whois', 'whois', [CompletionResultType]::ParameterValue, 'Ask whether people are here')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Print what was said before in a room or with a person')
            [CompletionResult]::new('mail', 'mail', [CompletionResultType]::ParameterValue, 'Mail between friends: letters with a subject, for several people, with files')
            [CompletionResult]::new('files', 'files', [CompletionResultType]::ParameterValue, 'Files among friends: share folders, look into theirs, search, fetch')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;lan;key' {
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;lan;forget' {
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Take part on this interface only (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
        'tincan;friends' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Listen there for friends (repeatable) [default: port 7812 of all addresses]')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line, until interrupted')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Print a list once and quit')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run the node without showing anything, for a service')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make your profile and this machine''s key')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make this machine another one of your profile''s, from its exported secret key')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print your profile''s key, or write it to a file')
            [CompletionResult]::new('invite', 'invite', [CompletionResultType]::ParameterValue, 'Print what a friend needs to add you')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Approve somebody by their certificate or invite')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody known: friends, those who asked, friends of friends')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve somebody who asked, or who is a friend of a friend')
            [CompletionResult]::new('deny', 'deny', [CompletionResultType]::ParameterValue, 'Do not approve somebody who asked; they may ask again')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'End a friendship; what was said is kept')
            [CompletionResult]::new('block', 'block', [CompletionResultType]::ParameterValue, 'Never hear of somebody again')
            [CompletionResult]::new('unblock', 'unblock', [CompletionResultType]::ParameterValue, 'Let somebody who was blocked ask again')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a friend''s key: you say to others that it is theirs')
            [CompletionResult]::new('trust', 'trust', [CompletionResultType]::ParameterValue, 'Say how far you trust a friend''s judgement of others')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who and how you are, or tell friends how you are')
            [CompletionResult]::new('picture', 'picture', [CompletionResultType]::ParameterValue, 'Show your friends a picture of you')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List what waits to be sent, messages and mail')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call a friend now, whatever the pause')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;friends;run' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Listen there for friends (repeatable) [default: port 7812 of all addresses]')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Tell friends that this machine can be reached there (repeatable), as behind a router that forwards a port')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;init' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What friends see you called [default: the system''s name of you]')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'An electronic mail address in the profile; friends can read it [default: none]')
            [CompletionResult]::new('--location', '--location', [CompletionResultType]::ParameterName, 'What this machine is called for friends [default: the system''s name of it]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Take the profile from this exported secret key instead of making a new one')
            [CompletionResult]::new('--bits', '--bits', [CompletionResultType]::ParameterName, 'How strong the keys are')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;import' {
            [CompletionResult]::new('--location', '--location', [CompletionResultType]::ParameterName, 'What this machine is called for friends [default: the system''s name]')
            [CompletionResult]::new('--bits', '--bits', [CompletionResultType]::ParameterName, 'How strong this machine''s key is')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;export' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'The secret key, for another machine of yours; it stays encrypted with the passphrase')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;invite' {
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'An address where you can be reached, tried first (repeatable)')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'A short invite (this is the default)')
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'The certificate instead: it holds your key, so that friends can check it at once')
            [CompletionResult]::new('--qr', '--qr', [CompletionResultType]::ParameterName, 'Show the short invite as a QR code too, on standard error')
            [CompletionResult]::new('--footer', '--footer', [CompletionResultType]::ParameterName, 'In lines of 64 characters below a heading, for the end of an electronic mail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;add' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The friend as a JSON object')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;list' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;approve' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;deny' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;remove' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;block' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;unblock' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;sign' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;trust' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;status' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'A JSON object')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;friends;picture' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'None any more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;outbox' {
            [CompletionResult]::new('--withdraw', '--withdraw', [CompletionResultType]::ParameterName, 'Take this one back')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;call' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;friends;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run the node without showing anything, for a service')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make your profile and this machine''s key')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make this machine another one of your profile''s, from its exported secret key')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print your profile''s key, or write it to a file')
            [CompletionResult]::new('invite', 'invite', [CompletionResultType]::ParameterValue, 'Print what a friend needs to add you')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Approve somebody by their certificate or invite')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody known: friends, those who asked, friends of friends')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve somebody who asked, or who is a friend of a friend')
            [CompletionResult]::new('deny', 'deny', [CompletionResultType]::ParameterValue, 'Do not approve somebody who asked; they may ask again')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'End a friendship; what was said is kept')
            [CompletionResult]::new('block', 'block', [CompletionResultType]::ParameterValue, 'Never hear of somebody again')
            [CompletionResult]::new('unblock', 'unblock', [CompletionResultType]::ParameterValue, 'Let somebody who was blocked ask again')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a friend''s key: you say to others that it is theirs')
            [CompletionResult]::new('trust', 'trust', [CompletionResultType]::ParameterValue, 'Say how far you trust a friend''s judgement of others')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who and how you are, or tell friends how you are')
            [CompletionResult]::new('picture', 'picture', [CompletionResultType]::ParameterValue, 'Show your friends a picture of you')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List what waits to be sent, messages and mail')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call a friend now, whatever the pause')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;friends;help;run' {
            break
        }
        'tincan;friends;help;init' {
            break
        }
        'tincan;friends;help;import' {
            break
        }
        'tincan;friends;help;export' {
            break
        }
        'tincan;friends;help;invite' {
            break
        }
        'tincan;friends;help;add' {
            break
        }
        'tincan;friends;help;list' {
            break
        }
        'tincan;friends;help;approve' {
            break
        }
        'tincan;friends;help;deny' {
            break
        }
        'tincan;friends;help;remove' {
            break
        }
        'tincan;friends;help;block' {
            break
        }
        'tincan;friends;help;unblock' {
            break
        }
        'tincan;friends;help;sign' {
            break
        }
        'tincan;friends;help;trust' {
            break
        }
        'tincan;friends;help;status' {
            break
        }
        'tincan;friends;help;picture' {
            break
        }
        'tincan;friends;help;outbox' {
            break
        }
        'tincan;friends;help;call' {
            break
        }
        'tincan;friends;help;help' {
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'A person, or a room as ''#ROOM''; on the LAN and among friends the address names the person')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Among friends: wait so long until a machine of theirs has the message, and fail if none has')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The person; on the LAN and among friends the address names them')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For friend: in DIR/friends')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env: TINCAN_CONFIG]')
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
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS; PORT is then the hub''s TLS port and has to be given')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;mail' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List letters, the newest first (this is the default)')
            [CompletionResult]::new('read', 'read', [CompletionResultType]::ParameterValue, 'Print a letter; it is read from then on')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send a letter')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Put a letter into another folder; a draft that is put into the outbox is sent')
            [CompletionResult]::new('mark', 'mark', [CompletionResultType]::ParameterValue, 'Mark a letter as read, or as unread')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a letter for good')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List the letters that wait for a receiver')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;mail;list' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;mail;read' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;mail;send' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'A receiver (repeatable)')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'A receiver of a copy (repeatable)')
            [CompletionResult]::new('--bcc', '--bcc', [CompletionResultType]::ParameterName, 'A receiver whom the others do not see (repeatable)')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'The subject')
            [CompletionResult]::new('--attach', '--attach', [CompletionResultType]::ParameterName, 'Attach this file (repeatable); receivers fetch it from you')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--draft', '--draft', [CompletionResultType]::ParameterName, 'Do not send it, keep it among the drafts')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;mail;move' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;mail;mark' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--unread', '--unread', [CompletionResultType]::ParameterName, 'Not read')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;mail;delete' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;mail;outbox' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;mail;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List letters, the newest first (this is the default)')
            [CompletionResult]::new('read', 'read', [CompletionResultType]::ParameterValue, 'Print a letter; it is read from then on')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send a letter')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Put a letter into another folder; a draft that is put into the outbox is sent')
            [CompletionResult]::new('mark', 'mark', [CompletionResultType]::ParameterValue, 'Mark a letter as read, or as unread')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a letter for good')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List the letters that wait for a receiver')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;mail;help;list' {
            break
        }
        'tincan;mail;help;read' {
            break
        }
        'tincan;mail;help;send' {
            break
        }
        'tincan;mail;help;move' {
            break
        }
        'tincan;mail;help;mark' {
            break
        }
        'tincan;mail;help;delete' {
            break
        }
        'tincan;mail;help;outbox' {
            break
        }
        'tincan;mail;help;help' {
            break
        }
        'tincan;files' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('share', 'share', [CompletionResultType]::ParameterValue, 'Share a folder; once more changes who may see it')
            [CompletionResult]::new('unshare', 'unshare', [CompletionResultType]::ParameterValue, 'Share a folder no more')
            [CompletionResult]::new('shares', 'shares', [CompletionResultType]::ParameterValue, 'List what is shared, and how far hashing is')
            [CompletionResult]::new('rescan', 'rescan', [CompletionResultType]::ParameterValue, 'Look at the shared folders again')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Stop hashing, or let a download rest')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on hashing, or with a download')
            [CompletionResult]::new('browse', 'browse', [CompletionResultType]::ParameterValue, 'List what a friend shares')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Search in what all friends share: every word has to occur in a name')
            [CompletionResult]::new('offers', 'offers', [CompletionResultType]::ParameterValue, 'List single files on offer: yours, attachments of letters included, and those offered to you')
            [CompletionResult]::new('unoffer', 'unoffer', [CompletionResultType]::ParameterValue, 'Take an offer back: the file is refused from now on, and a fetch that runs ends')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print the link of a file that is shared')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Fetch files: prints the path of each that has arrived')
            [CompletionResult]::new('downloads', 'downloads', [CompletionResultType]::ParameterValue, 'List the downloads')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Give a download up, and remove what has come of it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;files;share' {
            [CompletionResult]::new('--with', '--with', [CompletionResultType]::ParameterName, 'Only for this friend (repeatable); for all when left out')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What friends see it called [default: its own name]')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--by-hash', '--by-hash', [CompletionResultType]::ParameterName, 'Nobody sees it in lists; a friend who knows a file''s link may fetch it')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until all of it is hashed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;files;unshare' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;shares' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;rescan' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until all is hashed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;pause' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;resume' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;browse' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;search' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;offers' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;unoffer' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tincan;files;link' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;get' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Ask this friend too, besides those who are known to have it')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Where to put them [default: the incoming folder]')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Do not wait; the node goes on by itself')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;downloads' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Follow them until interrupted')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;cancel' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Where the profile and all else is kept, in DIR/friends [default: as for the hub; env: TINCAN_DATA]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tincan;files;help' {
            [CompletionResult]::new('share', 'share', [CompletionResultType]::ParameterValue, 'Share a folder; once more changes who may see it')
            [CompletionResult]::new('unshare', 'unshare', [CompletionResultType]::ParameterValue, 'Share a folder no more')
            [CompletionResult]::new('shares', 'shares', [CompletionResultType]::ParameterValue, 'List what is shared, and how far hashing is')
            [CompletionResult]::new('rescan', 'rescan', [CompletionResultType]::ParameterValue, 'Look at the shared folders again')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Stop hashing, or let a download rest')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on hashing, or with a download')
            [CompletionResult]::new('browse', 'browse', [CompletionResultType]::ParameterValue, 'List what a friend shares')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Search in what all friends share: every word has to occur in a name')
            [CompletionResult]::new('offers', 'offers', [CompletionResultType]::ParameterValue, 'List single files on offer: yours, attachments of letters included, and those offered to you')
            [CompletionResult]::new('unoffer', 'unoffer', [CompletionResultType]::ParameterValue, 'Take an offer back: the file is refused from now on, and a fetch that runs ends')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print the link of a file that is shared')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Fetch files: prints the path of each that has arrived')
            [CompletionResult]::new('downloads', 'downloads', [CompletionResultType]::ParameterValue, 'List the downloads')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Give a download up, and remove what has come of it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tincan;files;help;share' {
            break
        }
        'tincan;files;help;unshare' {
            break
        }
        'tincan;files;help;shares' {
            break
        }
        'tincan;files;help;rescan' {
            break
        }
        'tincan;files;help;pause' {
            break
        }
        'tincan;files;help;resume' {
            break
        }
        'tincan;files;help;browse' {
            break
        }
        'tincan;files;help;search' {
            break
        }
        'tincan;files;help;offers' {
            break
        }
        'tincan;files;help;unoffer' {
            break
        }
        'tincan;files;help;link' {
            break
        }
        'tincan;files;help;get' {
            break
        }
        'tincan;files;help;downloads' {
            break
        }
        'tincan;files;help;cancel' {
            break
        }
        'tincan;files;help;help' {
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
            [CompletionResult]::new('friends', 'friends', [CompletionResultType]::ParameterValue, 'Your friends: who they are, how they are, and the node that connects you to them')
            [CompletionResult]::new('chat', 'chat', [CompletionResultType]::ParameterValue, 'Talk: a terminal client with line editing, history and completion')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send one message to a person or a room, then quit')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Print what happens until interrupted')
            [CompletionResult]::new('offer', 'offer', [CompletionResultType]::ParameterValue, 'Send a file to a person who accepts it')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Accept files that are offered, or fetch a friend''s')
            [CompletionResult]::new('rooms', 'rooms', [CompletionResultType]::ParameterValue, 'List the rooms that have members')
            [CompletionResult]::new('users', 'users', [CompletionResultType]::ParameterValue, 'List the members of rooms, or friends')
            [CompletionResult]::new('whois', 'whois', [CompletionResultType]::ParameterValue, 'Ask whether people are here')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Print what was said before in a room or with a person')
            [CompletionResult]::new('mail', 'mail', [CompletionResultType]::ParameterValue, 'Mail between friends: letters with a subject, for several people, with files')
            [CompletionResult]::new('files', 'files', [CompletionResultType]::ParameterValue, 'Files among friends: share folders, look into theirs, search, fetch')
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
        'tincan;help;friends' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run the node without showing anything, for a service')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make your profile and this machine''s key')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make this machine another one of your profile''s, from its exported secret key')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print your profile''s key, or write it to a file')
            [CompletionResult]::new('invite', 'invite', [CompletionResultType]::ParameterValue, 'Print what a friend needs to add you')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Approve somebody by their certificate or invite')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody known: friends, those who asked, friends of friends')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve somebody who asked, or who is a friend of a friend')
            [CompletionResult]::new('deny', 'deny', [CompletionResultType]::ParameterValue, 'Do not approve somebody who asked; they may ask again')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'End a friendship; what was said is kept')
            [CompletionResult]::new('block', 'block', [CompletionResultType]::ParameterValue, 'Never hear of somebody again')
            [CompletionResult]::new('unblock', 'unblock', [CompletionResultType]::ParameterValue, 'Let somebody who was blocked ask again')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a friend''s key: you say to others that it is theirs')
            [CompletionResult]::new('trust', 'trust', [CompletionResultType]::ParameterValue, 'Say how far you trust a friend''s judgement of others')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who and how you are, or tell friends how you are')
            [CompletionResult]::new('picture', 'picture', [CompletionResultType]::ParameterValue, 'Show your friends a picture of you')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List what waits to be sent, messages and mail')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call a friend now, whatever the pause')
            break
        }
        'tincan;help;friends;run' {
            break
        }
        'tincan;help;friends;init' {
            break
        }
        'tincan;help;friends;import' {
            break
        }
        'tincan;help;friends;export' {
            break
        }
        'tincan;help;friends;invite' {
            break
        }
        'tincan;help;friends;add' {
            break
        }
        'tincan;help;friends;list' {
            break
        }
        'tincan;help;friends;approve' {
            break
        }
        'tincan;help;friends;deny' {
            break
        }
        'tincan;help;friends;remove' {
            break
        }
        'tincan;help;friends;block' {
            break
        }
        'tincan;help;friends;unblock' {
            break
        }
        'tincan;help;friends;sign' {
            break
        }
        'tincan;help;friends;trust' {
            break
        }
        'tincan;help;friends;status' {
            break
        }
        'tincan;help;friends;picture' {
            break
        }
        'tincan;help;friends;outbox' {
            break
        }
        'tincan;help;friends;call' {
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
        'tincan;help;mail' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List letters, the newest first (this is the default)')
            [CompletionResult]::new('read', 'read', [CompletionResultType]::ParameterValue, 'Print a letter; it is read from then on')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Send a letter')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Put a letter into another folder; a draft that is put into the outbox is sent')
            [CompletionResult]::new('mark', 'mark', [CompletionResultType]::ParameterValue, 'Mark a letter as read, or as unread')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a letter for good')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'List the letters that wait for a receiver')
            break
        }
        'tincan;help;mail;list' {
            break
        }
        'tincan;help;mail;read' {
            break
        }
        'tincan;help;mail;send' {
            break
        }
        'tincan;help;mail;move' {
            break
        }
        'tincan;help;mail;mark' {
            break
        }
        'tincan;help;mail;delete' {
            break
        }
        'tincan;help;mail;outbox' {
            break
        }
        'tincan;help;files' {
            [CompletionResult]::new('share', 'share', [CompletionResultType]::ParameterValue, 'Share a folder; once more changes who may see it')
            [CompletionResult]::new('unshare', 'unshare', [CompletionResultType]::ParameterValue, 'Share a folder no more')
            [CompletionResult]::new('shares', 'shares', [CompletionResultType]::ParameterValue, 'List what is shared, and how far hashing is')
            [CompletionResult]::new('rescan', 'rescan', [CompletionResultType]::ParameterValue, 'Look at the shared folders again')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Stop hashing, or let a download rest')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on hashing, or with a download')
            [CompletionResult]::new('browse', 'browse', [CompletionResultType]::ParameterValue, 'List what a friend shares')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Search in what all friends share: every word has to occur in a name')
            [CompletionResult]::new('offers', 'offers', [CompletionResultType]::ParameterValue, 'List single files on offer: yours, attachments of letters included, and those offered to you')
            [CompletionResult]::new('unoffer', 'unoffer', [CompletionResultType]::ParameterValue, 'Take an offer back: the file is refused from now on, and a fetch that runs ends')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print the link of a file that is shared')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Fetch files: prints the path of each that has arrived')
            [CompletionResult]::new('downloads', 'downloads', [CompletionResultType]::ParameterValue, 'List the downloads')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Give a download up, and remove what has come of it')
            break
        }
        'tincan;help;files;share' {
            break
        }
        'tincan;help;files;unshare' {
            break
        }
        'tincan;help;files;shares' {
            break
        }
        'tincan;help;files;rescan' {
            break
        }
        'tincan;help;files;pause' {
            break
        }
        'tincan;help;files;resume' {
            break
        }
        'tincan;help;files;browse' {
            break
        }
        'tincan;help;files;search' {
            break
        }
        'tincan;help;files;offers' {
            break
        }
        'tincan;help;files;unoffer' {
            break
        }
        'tincan;help;files;link' {
            break
        }
        'tincan;help;files;get' {
            break
        }
        'tincan;help;files;downloads' {
            break
        }
        'tincan;help;files;cancel' {
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
