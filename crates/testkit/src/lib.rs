//! Conversation scripts: plays between clients on different wires, in plain text.
//!
//! A script is a file that a user can read aloud. It is played twice: in memory, around a
//! switchboard without sockets and in a time that the script moves, and over three real ports. The
//! clients in it are written from the protocols' pages and share no code with the hub.
//!
//! # The language
//!
//! The first line cites what is shown: `# [HUB-3] [494-17] title`. Other lines that begin with `# `
//! are remarks. Then come, before the first step, `memory only: REASON` where a script cannot be
//! played over ports (time that passes, readers that stop, other addresses, certificates, several
//! things in one round), and `setting NAME VALUE`. Then the steps, one a line:
//!
//! ```text
//! ana connects by cs494                    also: cs594, cp; … without ends (the authors' clients);
//!                                          … as NAME; … with password "…"; … and is refused with CODE
//! ana opens cs494                          the connection only
//! ana joins #lobby                         leaves, says in #lobby "…", broadcasts "…", tells bo "…"
//! bo hears ana in #lobby "hello"           hears from ana "…", hears nothing (yet)
//! bo sees members of #lobby: ana, bo       sees rooms: …, got 2 listings of #lobby
//! ana vainly tells dee "…"                 tells, and learns that dee is away
//! cid receives mail from ana "…"           fetches mail, reaches the end of the mail, has no mail
//! ana offers bo the file f of 2500 bytes   is offered, accepts, rejects, sends all of, receives all of
//! dee asks history of room #lobby          … before "text" at most N; sees history: ana "…", bo "…"
//! ana sends hex 03 00000000 "text" 00*61   receives hex …
//! dee sends line {"Header":…}              … with the wire's line end; sends bare …; sends sealed …
//! cid receives line 240 message sent       on cs594 JSON, compared as such
//! ana is closed with error 0x04            is closed; is told 207 about #den; is acknowledged
//! time passes 31 s                         … with heartbeats
//! all at once:                             one round takes the steps up to `that was at once`
//! the hub shuts down                       ana hears goodbye
//! ```
//!
//! A text's quotes know `\n \r \t \" \\ \u{202e}`, and `"ab"*100` is a hundred times `ab`. Byte `n` of
//! every file is the same function of `n`.
//!
//! # What a client must hear
//!
//! Everything a client gets is expected by a step, in order; what is left at the end fails the
//! script. Three kinds are exempt, because the protocols send them as they see fit: heartbeats and
//! keep-alives; unasked lists of rooms; lists of members, of which `sees members` skips those
//! before the one it names. (`got N listings` counts them.) On cs594 a list is an answer and is not
//! exempt. Requests that cs594 acknowledges with OK wait for it themselves.

mod client;
mod run;
mod script;
mod stage;

pub use run::{Failure, run_in_memory, run_over_ports};
pub use script::{ParseError, Script, Setup, Wire};
