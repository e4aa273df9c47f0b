//! The command line: every command, argument and help text.
//!
//! The manual pages and the shell completions are made from these definitions, so what a person
//! reads there is what the program takes.

mod files;
mod friends;
mod mail;

pub(crate) use files::{FilesAction, FilesArgs};
pub(crate) use friends::{
    Bits, FriendsAction, FriendsCommandArgs, FriendsPlaceArgs, InitArgs, NodeArgs, StatusWord,
    TrustLevel,
};
pub(crate) use mail::{MailAction, MailArgs, MailFolder, MailSendArgs};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// A chat hub over three relay protocols (cs494, cs594, cp), clients for each, and without any
/// server: chat on a LAN, and a node among friends.
#[derive(Debug, Parser)]
#[command(
    name = "tincan",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Examples:\n  \
        tincan serve\n      \
            start a hub on this machine\n  \
        tincan chat ana@localhost --room kitchen\n      \
            chat in the room kitchen\n  \
        tincan send ana@localhost --to bo Hello\n      \
            send one message\n  \
        tincan chat lan:\n      \
            chat with whoever is on this network\n  \
        tincan friends\n      \
            see how your friends are, over RetroShare's network\n\n\
        Exit status: 0 done, 1 failed, 2 wrong usage."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one, made from the arguments and taken apart at once"
)]
pub(crate) enum Command {
    Serve(ServeArgs),
    Account(AccountArgs),
    Config(ConfigArgs),
    #[command(flatten)]
    Client(ClientCommand),
    Completions(CompletionsArgs),
    Generate(GenerateArgs),
}

/// Run a hub: one conversation space behind three wires.
///
/// When all listeners are up, standard output holds one line for each (`listening cs494
/// 127.0.0.1:17734`) and then `ready`. SIGINT or SIGTERM says goodbye to everybody and ends the
/// hub within five seconds; a second one ends it at once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan serve\n  \
    tincan serve --cs494 0.0.0.0:17734 --cp off\n  \
    tincan serve --config /etc/tincan.toml --set limits.users=500\n\n\
    Every setting: tincan config. A commented file to start from: tincan generate config.")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// How log lines look on standard error
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Log more (-v: debug, -vv: trace); TINCAN_LOG takes a filter such as `info,net=debug`
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Where settings come from, strongest first: these flags, the environment, the file, the defaults.
#[derive(Debug, Default, Args)]
pub(crate) struct SettingsArgs {
    /// The configuration file (TOML)
    #[arg(
        long,
        value_name = "FILE",
        env = "TINCAN_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Where cs494 listens [default: 127.0.0.1:17734; port 0 takes a free one]
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) cs494: Option<String>,
    /// Where cs594 listens [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) cs594: Option<String>,
    /// Where cp listens [default: 127.0.0.1:5035]
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) cp: Option<String>,
    /// Where metrics and the health page are served [default: 127.0.0.1:9494]
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) ops: Option<String>,
    /// Set any configuration key, e.g. limits.users=2 (repeatable)
    ///
    /// The same as the key in the file, or as TINCAN_LIMITS__USERS=2 in the environment, and
    /// stronger than both.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// Where the hub's data is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DataArgs {
    /// The folder with the hub's data [default: tincan in the platform's data folder]
    #[arg(long, value_name = "DIR", env = "TINCAN_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Make, list, change and remove accounts; a running hub takes notice at once.
///
/// An account reserves its name on every wire and has a mailbox for what is sent to it while its
/// owner is away.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan account add ana\n  \
    pass show chat/ana | tincan account add ana\n  \
    tincan account list --json")]
pub(crate) struct AccountArgs {
    #[command(subcommand)]
    pub(crate) action: AccountAction,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountAction {
    /// Make an account
    ///
    /// The password is asked for, or is the first line of standard input when that is no terminal;
    /// it has 1 to 15 bytes, which is what cp can carry.
    Add {
        /// Its name
        name: String,
        /// Make it though another account's name is easily confused with it
        #[arg(long)]
        allow_confusable: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// List the accounts
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Remove an account and the letters in its mailbox
    Remove {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Give an account a new password
    ///
    /// The password is asked for, or is the first line of standard input when that is no terminal.
    Passwd {
        /// Its name
        name: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Say which TLS client certificate speaks for an account
    ///
    /// Whoever connects to a TLS port with it may use the account's name on a wire that has no
    /// passwords.
    Cert {
        /// The account's name
        name: String,
        /// A PEM file; its first certificate counts
        #[arg(required_unless_present = "remove")]
        file: Option<PathBuf>,
        /// No certificate speaks for the account any more
        #[arg(long, conflicts_with = "file")]
        remove: bool,
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Print the settings in effect, each with where it came from.
///
/// Takes what `serve` takes, so it shows what that would run with. Secrets are not shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan config\n  \
    tincan config --config /etc/tincan.toml --set limits.users=2\n  \
    tincan config --json")]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// One JSON object a line: key, value, origin
    #[arg(long)]
    pub(crate) json: bool,
}

/// The commands that speak to a hub, on the LAN or with friends.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    Lan(LanCommandArgs),
    Friends(FriendsCommandArgs),
    Chat(ChatArgs),
    Send(SendArgs),
    Listen(ListenArgs),
    Offer(OfferArgs),
    Fetch(FetchArgs),
    Rooms(RoomsArgs),
    Users(UsersArgs),
    Whois(WhoisArgs),
    History(HistoryArgs),
    Mail(MailArgs),
    Files(FilesArgs),
}

/// Which hub, and who speaks.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Who on which hub; cs494 and the wire's own port where left out. Or lan: for the LAN, friend:
    /// for friends
    ///
    /// cs494+tls:// and so on speak TLS. An IPv6 address stands in brackets; %3A in a name is a `:`.
    ///
    /// The form: NAME@HOST, NAME@HOST:PORT, or with cs494://, cs594:// or cp:// before it. On the
    /// LAN, which has no hub: lan:, or lan:USER@MACHINE for a person there, as `tincan lan` shows
    /// them. Among friends, where there is no hub either: friend:, or friend:WHO, as `tincan friends`
    /// shows them.
    ///
    /// A cp password comes from TINCAN_PASSWORD, a prompt, or the first line of standard input when
    /// that is no terminal; the passphrase of friends from TINCAN_PASSPHRASE in the same way.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Speak TLS; PORT is then the hub's TLS port and has to be given
    #[arg(long)]
    pub(crate) tls: bool,
    /// By TLS: trust the certificates in this PEM file, and no others (a hub's own, for one)
    #[arg(long, value_name = "FILE", env = "TINCAN_CA")]
    pub(crate) ca: Option<PathBuf>,
    /// By TLS: trust the one certificate with this SHA-256 fingerprint (hexadecimal)
    #[arg(long, value_name = "SHA256", env = "TINCAN_PIN", conflicts_with = "ca")]
    pub(crate) pin: Option<String>,
    /// By TLS: show this certificate (PEM), which proves an account (see `tincan account cert`)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of --cert (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

/// Where things are on this machine, for the commands of the LAN; of friends too, but the interface.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "On the LAN")]
pub(crate) struct LanPlaceArgs {
    /// Take part on this interface only (repeatable)
    #[arg(long = "interface", value_name = "IF")]
    pub(crate) interfaces: Vec<String>,
    /// Where keys and pictures are kept, in DIR/lan [default: as for the hub; env: TINCAN_DATA]. For
    /// friend: in DIR/friends
    // No `env` here: a hub's address has to tell a flag from a variable, and clap does not.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file (TOML), whose table `lan` counts, for friend: the table `friends` [env:
    /// TINCAN_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Who one is on the LAN, and what is published. Each is a key of the configuration's table `lan`
/// too; the flags are stronger.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "On the LAN")]
pub(crate) struct LanArgs {
    /// Be called so [default: the system's names of you and of this machine]
    #[arg(long, value_name = "USER[@MACHINE]")]
    pub(crate) name: Option<String>,
    /// How you are
    #[arg(long, value_name = "STATUS", value_parser = ["avail", "away", "dnd"])]
    pub(crate) status: Option<String>,
    /// How you are, in your own words
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// Publish this nickname
    #[arg(long, value_name = "NICKNAME")]
    pub(crate) nick: Option<String>,
    /// Publish this first name
    #[arg(long, value_name = "NAME")]
    pub(crate) first: Option<String>,
    /// Publish this last name
    #[arg(long, value_name = "NAME")]
    pub(crate) last: Option<String>,
    /// Publish this electronic mail address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// Publish this address in the XMPP network
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) jid: Option<String>,
    /// Publish nothing personal, whatever else is set: no names, addresses, picture
    #[arg(long)]
    pub(crate) private: bool,
    /// Talk only where it is encrypted: to other Tincans
    #[arg(long)]
    pub(crate) require_tls: bool,
    /// Listen there [default: 5298; any free port where that is taken, or is 0]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) place: LanPlaceArgs,
}

impl LanArgs {
    /// The first of these flags that was given.
    pub(crate) fn first_given(&self) -> Option<&'static str> {
        let place = [
            ("--data", self.place.data.is_some()),
            ("--config", self.place.config.is_some()),
        ];
        let given = place.into_iter().find(|(_, is)| *is);
        self.first_personal().or(given.map(|(flag, _)| flag))
    }

    /// The first of these flags that was given and that friends have no use for.
    pub(crate) fn first_personal(&self) -> Option<&'static str> {
        let given = [
            ("--name", self.name.is_some()),
            ("--status", self.status.is_some()),
            ("--message", self.message.is_some()),
            ("--picture", self.picture.is_some()),
            ("--nick", self.nick.is_some()),
            ("--first", self.first.is_some()),
            ("--last", self.last.is_some()),
            ("--email", self.email.is_some()),
            ("--jid", self.jid.is_some()),
            ("--private", self.private),
            ("--require-tls", self.require_tls),
            ("--port", self.port.is_some()),
            ("--interface", !self.place.interfaces.is_empty()),
        ];
        given.into_iter().find(|(_, is)| *is).map(|(flag, _)| flag)
    }
}

/// See who is on the LAN; you stay unseen.
///
/// On a terminal a table that follows what happens, until Ctrl-C. Else a list, after --wait seconds.
/// People on the same network who run this program, Pidgin, Finch or another client for serverless
/// messaging (XEP-0174) are there.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    tincan lan\n  \
    tincan lan --json | jq -r .name\n  \
    tincan lan --once\n  \
    tincan lan doctor")]
pub(crate) struct LanCommandArgs {
    #[command(subcommand)]
    pub(crate) action: Option<LanAction>,
    /// One JSON object a line, until interrupted
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a list once and quit
    #[arg(long)]
    pub(crate) once: bool,
    /// How long to look before the list is printed
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) place: LanPlaceArgs,
}

/// What else to do about the LAN.
#[derive(Debug, Subcommand)]
pub(crate) enum LanAction {
    /// Look for reasons why people do not see each other
    ///
    /// Takes a few seconds. Exit status 1 if nothing can work as it is.
    Doctor {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: LanPlaceArgs,
    },
    /// Print the fingerprint of this machine's key, and the known keys of others
    Key {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: LanPlaceArgs,
    },
    /// Forget the key of a person who has a new one
    Forget {
        /// The person, as `tincan lan key` shows them
        #[arg(value_name = "USER@MACHINE")]
        name: String,
        #[command(flatten)]
        place: LanPlaceArgs,
    },
}

/// Talk: a terminal client with line editing, history and completion.
///
/// A line is said in the current room, or on the LAN to the person in the prompt; /help lists the
/// commands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan chat ana@localhost --room kitchen\n  \
    tincan chat cs594://bo@chat.example.org:8000 --room kitchen --room garden\n  \
    tincan chat cp://carla@localhost\n  \
    tincan chat lan: --status away --message 'back at two'\n  \
    tincan chat friend:bea")]
pub(crate) struct ChatArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Enter this room (repeatable)
    #[arg(long = "room", value_name = "ROOM")]
    pub(crate) rooms: Vec<String>,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// Send one message to a person or a room, then quit.
///
/// Exit status 1 if it was not delivered. A message for a friend who is offline waits, which is told
/// and is status 0.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan send ana@localhost --to bo 'See you at eight'\n  \
    uptime | tincan send ana@localhost --to '#status'\n  \
    tincan send lan:bob@bobbox 'lunch?'\n  \
    tincan send friend:bea 'lunch?'\n\n\
    A cp password that comes from standard input is its first line; the text is the rest.")]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// A person, or a room as '#ROOM'; on the LAN and among friends the address names the person
    #[arg(long, value_name = "USER|#ROOM")]
    pub(crate) to: Option<String>,
    /// The message; standard input when left out
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Among friends: wait so long until a machine of theirs has the message, and fail if none has
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// Print what happens until interrupted.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan listen bot@localhost --room kitchen --json | jq -r .text\n  \
    tincan listen cp://ana@localhost\n  \
    tincan listen lan: --json\n  \
    tincan listen friend: --json")]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Enter this room (repeatable)
    #[arg(long = "room", value_name = "ROOM")]
    pub(crate) rooms: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// Send a file to a person who accepts it.
///
/// Exit status 1 if it was declined or did not arrive whole. A friend gets a link, and fetches the
/// file whenever both nodes are up.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan offer ana@localhost --to bo holiday.jpg\n  \
    tincan offer lan:bob@bobbox holiday.jpg\n  \
    tincan offer friend:bea holiday.jpg")]
pub(crate) struct OfferArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// The person; on the LAN and among friends the address names them
    #[arg(long, value_name = "USER")]
    pub(crate) to: Option<String>,
    /// How long to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) timeout: u64,
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// Accept files that are offered, or fetch a friend's.
///
/// Until interrupted, or enough has come. Prints the path of each file that has arrived.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan fetch bo@localhost --from ana --dir ~/Downloads --once\n  \
    tincan fetch lan: --dir ~/Downloads\n  \
    tincan fetch friend:bea music/live.ogg --dir ~/Downloads")]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Among friends: fetch these, and quit: links, or paths of the friend in the address
    #[arg(value_name = "LINK|PATH")]
    pub(crate) what: Vec<String>,
    /// Accept from this person only; others are declined
    #[arg(long, value_name = "USER")]
    pub(crate) from: Option<String>,
    /// Where to put the files; none that is there is overwritten
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Quit after one file
    #[arg(long)]
    pub(crate) once: bool,
    /// Quit after so many files
    #[arg(long, value_name = "N", conflicts_with = "once", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,
    /// Decline larger files
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_size: Option<u64>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// List the rooms that have members.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tincan rooms ana@localhost")]
pub(crate) struct RoomsArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the members of rooms, or friends.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan users ana@localhost --room kitchen\n  \
    tincan users friend:")]
pub(crate) struct UsersArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Only this room (repeatable); all rooms when left out
    #[arg(long = "room", value_name = "ROOM")]
    pub(crate) rooms: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: FriendsPlaceArgs,
}

/// Ask whether people are here.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan whois ana@localhost bo carla\n  \
    tincan whois friend:bea")]
pub(crate) struct WhoisArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// The people; a friend can be named by the address instead
    #[arg(value_name = "USER")]
    pub(crate) users: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) lan: LanArgs,
}

/// Print what was said before in a room or with a person.
///
/// Only cs594 and friends have it, so the URL is a cs594:// one or friend:WHO.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan history cs594://ana@localhost '#kitchen' --limit 20\n  \
    tincan history friend:bea")]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// A person, or a room as '#ROOM'; a friend is named by the address
    #[arg(value_name = "USER|#ROOM")]
    pub(crate) place: Option<String>,
    /// How many messages
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    /// Only what is older than the message with this id
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<u64>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) data: FriendsPlaceArgs,
}

/// Print the completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    tincan completions bash > ~/.local/share/bash-completion/completions/tincan")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Make files for packagers and hub keepers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan generate config > tincan.toml\n  \
    tincan generate man /usr/local/share/man/man1")]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    pub(crate) what: Generate,
}

/// What to make.
#[derive(Debug, Subcommand)]
pub(crate) enum Generate {
    /// The manual pages, one for each command
    Man {
        /// Where to put them
        dir: PathBuf,
    },
    /// The completions for bash, elvish, fish, PowerShell and zsh
    Completions {
        /// Where to put them
        dir: PathBuf,
    },
    /// A key for `cs594.key`: 32 random hexadecimal digits
    Key,
    /// A configuration file with every key, its meaning and its default
    Config,
}
