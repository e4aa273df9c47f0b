//! The command line of friends: `tincan friends`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Where things are on this machine, for the commands of friends.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FriendsPlaceArgs {
    /// Where the profile and all else is kept, in DIR/friends [default: as for the hub; env:
    /// TINCAN_DATA]
    // No `env` here: `friend:` addresses take the same two, where clap does not tell a flag from a
    // variable.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file (TOML), whose table `friends` counts [env: TINCAN_CONFIG]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

/// Where the node can be reached. Each is a key of the configuration's table `friends` too.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NodeArgs {
    /// Listen there for friends (repeatable) [default: port 7812 of all addresses]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Vec<String>,
    /// Tell friends that this machine can be reached there (repeatable), as behind a router that
    /// forwards a port
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) announce: Vec<String>,
}

/// Your friends: who they are, how they are, and the node that connects you to them.
///
/// There is no server. Each person has a profile, a key that others approve; both sides have to. A
/// node of yours talks to your friends' nodes, RetroShare's too, encrypted and with nobody between.
///
/// Without a subcommand: on a terminal a table that follows what happens, until Ctrl-C; else a list.
/// It attaches to the node that runs, or else is the node while it is shown.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    tincan friends init --name ana\n  \
    tincan friends invite\n  \
    tincan friends add bea.txt\n  \
    tincan friends\n  \
    tincan friends run\n  \
    tincan chat friend:bea\n\n\
    The passphrase of your profile comes from TINCAN_PASSPHRASE, a prompt, or the first line of\n\
    standard input when that is no terminal.")]
pub(crate) struct FriendsCommandArgs {
    #[command(subcommand)]
    pub(crate) action: Option<FriendsAction>,
    /// One JSON object a line, until interrupted
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a list once and quit
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
    #[command(flatten)]
    pub(crate) place: FriendsPlaceArgs,
}

/// What else to do about friends.
#[derive(Debug, Subcommand)]
pub(crate) enum FriendsAction {
    /// Run the node without showing anything, for a service
    ///
    /// Prints one line for each listener (`listening friends 0.0.0.0:7812`) and then `ready`.
    /// SIGINT or SIGTERM ends it. Every other command for friends attaches to it.
    Run {
        #[command(flatten)]
        node: NodeArgs,
    },
    /// Make your profile and this machine's key
    ///
    /// The passphrase encrypts both on this machine; it is asked for twice, or taken from
    /// TINCAN_PASSPHRASE, or is the first line of standard input when that is no terminal. Without
    /// it nobody, you included, can use them.
    Init(InitArgs),
    /// Make this machine another one of your profile's, from its exported secret key
    ///
    /// The same as `init --key FILE`; the passphrase is the one that the key has.
    Import {
        /// The secret key, armoured, as `tincan friends export --secret` or RetroShare writes it
        file: PathBuf,
        /// What this machine is called for friends [default: the system's name]
        #[arg(long, value_name = "NAME")]
        location: Option<String>,
        /// How strong this machine's key is
        #[arg(long, value_name = "BITS", value_enum, default_value_t = Bits::Usual)]
        bits: Bits,
    },
    /// Print your profile's key, or write it to a file
    Export {
        /// The secret key, for another machine of yours; it stays encrypted with the passphrase
        #[arg(long)]
        secret: bool,
        /// A new file; standard output when left out
        file: Option<PathBuf>,
    },
    /// Print what a friend needs to add you
    ///
    /// A short invite, or with --certificate the whole certificate with your key in it. Both are
    /// made to be pasted; neither is secret, but whoever you trust to give you theirs should get it
    /// from you and nobody else.
    #[command(after_help = "Examples:\n  \
        tincan friends invite --qr\n  \
        tincan friends invite --certificate > ana.txt\n  \
        tincan friends invite --footer >> ~/.signature\n  \
        tincan friends invite --address ana.example.org:7812")]
    Invite {
        /// A short invite (this is the default)
        #[arg(long, conflicts_with = "certificate")]
        short: bool,
        /// The certificate instead: it holds your key, so that friends can check it at once
        #[arg(long)]
        certificate: bool,
        /// Show the short invite as a QR code too, on standard error
        #[arg(long, conflicts_with = "certificate")]
        qr: bool,
        /// An address where you can be reached, tried first (repeatable)
        #[arg(long = "address", value_name = "HOST:PORT")]
        addresses: Vec<String>,
        /// In lines of 64 characters below a heading, for the end of an electronic mail
        #[arg(long)]
        footer: bool,
    },
    /// Approve somebody by their certificate or invite
    ///
    /// They have to add you too; until then there is no link.
    Add {
        /// A file, the text itself, or `-` for standard input
        #[arg(value_name = "FILE|TEXT|-")]
        text: String,
        /// The friend as a JSON object
        #[arg(long)]
        json: bool,
    },
    /// List everybody known: friends, those who asked, friends of friends
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Approve somebody who asked, or who is a friend of a friend
    Approve {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
    },
    /// Do not approve somebody who asked; they may ask again
    Deny {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
    },
    /// End a friendship; what was said is kept
    Remove {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Never hear of somebody again
    Block {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
    },
    /// Let somebody who was blocked ask again
    Unblock {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
    },
    /// Sign a friend's key: you say to others that it is theirs
    ///
    /// Compare the fingerprint with your friend first, by another way than this one.
    Sign {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Say how far you trust a friend's judgement of others
    Trust {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
        /// How far
        #[arg(value_enum)]
        level: TrustLevel,
    },
    /// Show who and how you are, or tell friends how you are
    #[command(after_help = "Examples:\n  \
        tincan friends status\n  \
        tincan friends status away 'back at two'")]
    Status {
        /// Tell friends that you are this
        #[arg(value_enum)]
        how: Option<StatusWord>,
        /// The same in your own words
        #[arg(value_name = "TEXT")]
        message: Option<String>,
        /// A JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show your friends a picture of you
    Picture {
        /// PNG or JPEG of at most 32,767 bytes
        #[arg(required_unless_present = "none")]
        file: Option<PathBuf>,
        /// None any more
        #[arg(long, conflicts_with = "file")]
        none: bool,
    },
    /// List what waits to be sent, messages and mail
    Outbox {
        /// Take this one back
        #[arg(long, value_name = "ID")]
        withdraw: Option<u64>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Call a friend now, whatever the pause
    Call {
        /// A name, a PGP id, a fingerprint or a location's id
        who: String,
    },
}

/// What a new profile is made from.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan friends init --name ana\n  \
    pass show friends | tincan friends init --name ana --location laptop")]
pub(crate) struct InitArgs {
    /// What friends see you called [default: the system's name of you]
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) name: Option<String>,
    /// An electronic mail address in the profile; friends can read it [default: none]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "key")]
    pub(crate) email: Option<String>,
    /// What this machine is called for friends [default: the system's name of it]
    #[arg(long, value_name = "NAME")]
    pub(crate) location: Option<String>,
    /// Take the profile from this exported secret key instead of making a new one
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// How strong the keys are
    #[arg(long, value_name = "BITS", value_enum, default_value_t = Bits::Usual)]
    pub(crate) bits: Bits,
}

/// The length of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bits {
    /// Made quickly
    #[value(name = "2048")]
    Short,
    /// Stronger
    #[value(name = "3072")]
    Longer,
    /// What RetroShare makes
    #[value(name = "4096")]
    Usual,
}

/// How far somebody is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrustLevel {
    /// Nothing is said
    Unknown,
    /// Not at all
    Never,
    /// A little
    Marginal,
    /// Fully
    Full,
}

/// How one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusWord {
    /// Here
    #[value(name = "online", alias = "avail")]
    Online,
    /// Here, and idle
    Idle,
    /// Not at the keyboard
    Away,
    /// Not to be disturbed
    #[value(name = "busy", alias = "dnd")]
    Busy,
}
