//! What it takes to be let in: the address, the certificates, the password.

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use link::{Door, Link};
use model::{Command, Proof, Refusal, Reply, Secret, UserName};
use net::dial::{self, DialError, Identity, TlsMode, Trust};
use node::friends::FriendsDoor;
use node::lan::{LanDoor, LanError};
use tokio::time::timeout;

use super::Usage;
use super::address::{self, Address};
use super::escape::visible;
use super::friends::{self, Access, NodeGone};
use super::lan::interfaces;
use super::lan::settings::settings;
use super::network::Network;
use super::session::{Session, Trouble};
use super::wires::Wire;
use crate::args::{ConnectArgs, LanArgs};
use crate::print;

/// The variable that may hold the password.
const PASSWORD: &str = "TINCAN_PASSWORD";
/// Bytes in a line that holds a password, at most.
const MAX_PASSWORD_LINE: u64 = 1024;
/// How long a hub may take to let us in. It delays the answer to a password by up to 30 s [CP-8].
const SIGN_IN_LIMIT: Duration = Duration::from_secs(45);
/// How long it may take to be somebody on the LAN: three probes take a second, and each name that is
/// taken costs as much again. After that there is no network to be on.
const APPEAR_LIMIT: Duration = Duration::from_secs(10);

/// Everything needed to sign in, as often as necessary.
pub(crate) struct Login {
    /// Where.
    pub(crate) network: Network,
    /// Who, as far as it is known before the network agrees.
    pub(crate) me: UserName,
    way: Way,
    /// Whether to wait for a network as long as it takes.
    is_patient: bool,
}

enum Way {
    Hub {
        address: Address,
        target: dial::Target,
        proof: Proof,
    },
    Lan {
        settings: Box<node::lan::Settings>,
        partner: Option<UserName>,
    },
    Friends {
        access: Access,
        partner: Option<UserName>,
    },
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// There is no connection; another time there may be.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// There is no node.
    #[error("cannot take part in the LAN: {0}")]
    Lan(LanError),
    /// Keys and pictures cannot be kept.
    #[error("cannot keep keys and pictures: {0}; --data DIR names another folder")]
    Folder(LanError),
    /// There is a node, but no network for it.
    #[error("this machine is on no network that can be used; `tincan lan doctor` says why")]
    NoNetwork,
    /// The node of friends runs no more; it may again.
    #[error(transparent)]
    NodeGone(#[from] NodeGone),
    /// The hub said no: asking again changes nothing.
    #[error("cannot sign in as {name}: {refusal}{advice}")]
    Refused {
        name: String,
        refusal: Refusal,
        advice: &'static str,
    },
    /// The connection did not last until the answer.
    #[error("cannot sign in: {0}")]
    Lost(Trouble),
    /// Something on this machine.
    #[error("{0}")]
    Here(String),
}

impl LoginError {
    /// Whether it makes sense to try again by itself. A name or a password that was refused will be
    /// refused again, and the hub slows down those who insist.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Dial(error) => match error {
                DialError::UnknownHost { .. }
                | DialError::NobodyListens { .. }
                | DialError::NoAnswer { .. }
                | DialError::Unreachable { .. } => true,
                DialError::TlsFile { .. } | DialError::Tls { .. } | DialError::Local(_) => false,
            },
            Self::Refused { refusal, .. } => *refusal == Refusal::HubFull,
            Self::Lost(_) | Self::NoNetwork | Self::NodeGone(_) => true,
            Self::Lan(_) | Self::Folder(_) | Self::Here(_) => false,
        }
    }
}

impl Login {
    /// Reads the address, and the password where the wire has one.
    ///
    /// # Errors
    /// [`Usage`], or a password or a picture that cannot be read.
    pub(crate) fn new(connect: &ConnectArgs, lan: &LanArgs) -> anyhow::Result<Self> {
        if let Some(partner) = address::on_lan(&connect.url) {
            let partner = partner.map_err(|e| Usage(e.to_string()))?;
            return Self::on_lan(connect, lan, partner);
        }
        if let Some(partner) = address::on_friends(&connect.url) {
            return Self::among_friends(connect, lan, partner.as_deref());
        }
        if let Some(flag) = lan.first_given() {
            return Err(Usage(format!("{flag} is for the LAN; write lan: for the address")).into());
        }
        let address =
            Address::parse(&connect.url, connect.tls).map_err(|e| Usage(e.to_string()))?;
        let tls = tls_mode(connect, &address)?;
        let proof = match address.wire {
            Wire::Cs494 | Wire::Cs594 => Proof::None,
            Wire::Cp => Proof::Password(password(&address)?),
        };
        let target = dial::Target {
            host: address.host.clone(),
            port: address.port,
            tls,
        };
        Ok(Self {
            network: address.wire.into(),
            me: address.name.clone(),
            way: Way::Hub {
                address,
                target,
                proof,
            },
            is_patient: false,
        })
    }

    fn on_lan(
        connect: &ConnectArgs,
        lan: &LanArgs,
        partner: Option<UserName>,
    ) -> anyhow::Result<Self> {
        if connect.tls || connect.cert.is_some() {
            let flag = if connect.tls { "--tls" } else { "--cert" };
            return Err(Usage(format!(
                "{flag} is for hubs; on the LAN --require-tls talks only where it is encrypted"
            ))
            .into());
        }
        let settings = settings(lan)?;
        let me = settings.wish.candidate(0);
        let me = address::instance(me.as_str()).map_err(|e| Usage(e.to_string()))?;
        let settings = Box::new(settings);
        Ok(Self {
            network: Network::Lan,
            me,
            way: Way::Lan { settings, partner },
            is_patient: false,
        })
    }

    fn among_friends(
        connect: &ConnectArgs,
        lan: &LanArgs,
        partner: Option<&str>,
    ) -> anyhow::Result<Self> {
        if connect.tls || connect.cert.is_some() {
            let flag = if connect.tls { "--tls" } else { "--cert" };
            let text = format!("{flag} is for hubs; among friends everything is encrypted");
            return Err(Usage(text).into());
        }
        if let Some(flag) = lan.first_personal() {
            return Err(Usage(format!("{flag} is for the LAN; write lan: for the address")).into());
        }
        let partner = partner.map(friends::person).transpose()?;
        let access = Access::of_address(&lan.place)?.unlocked()?;
        let me = UserName::foreign(&access.name()?)?;
        Ok(Self {
            network: Network::Friends,
            me,
            way: Way::Friends { access, partner },
            is_patient: false,
        })
    }

    /// The same, waiting for a network if there is none on the LAN yet: for those who stay [LAN-49].
    pub(crate) fn patient(self) -> Self {
        Self {
            is_patient: true,
            ..self
        }
    }

    /// The person whom an address on the LAN or of a friend names.
    pub(crate) fn partner(&self) -> Option<&UserName> {
        match &self.way {
            Way::Hub { .. } => None,
            Way::Lan { partner, .. } | Way::Friends { partner, .. } => partner.as_ref(),
        }
    }

    /// The same, by the name that a friend has: they may be named by an id, too. Once the connection
    /// stands.
    ///
    /// # Errors
    /// Nobody of that name is known.
    pub(crate) async fn known_partner(&self) -> anyhow::Result<Option<UserName>> {
        match &self.way {
            Way::Friends {
                access,
                partner: Some(partner),
            } => friends::partner_name(access, partner).await.map(Some),
            Way::Hub { .. } | Way::Lan { .. } | Way::Friends { .. } => Ok(self.partner().cloned()),
        }
    }

    /// Where on this machine the LAN's keys and pictures are.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.way {
            Way::Hub { .. } | Way::Friends { .. } => None,
            Way::Lan { settings, .. } => Some(&settings.folder),
        }
    }

    /// Where one is, behind one's name: `at localhost by cs494`.
    pub(crate) fn place(&self) -> String {
        match &self.way {
            Way::Hub { address, .. } => {
                format!("at {} by {}", visible(&address.host), address.wire.scheme())
            }
            Way::Lan { .. } => "on the LAN".to_owned(),
            Way::Friends { .. } => "among friends".to_owned(),
        }
    }

    /// Who on this way can read what is said: told once, plainly.
    pub(crate) fn label(&self) -> &'static str {
        match &self.way {
            Way::Hub { address, .. } if address.tls => {
                "encrypted as far as the hub; the hub can read this"
            }
            Way::Hub { .. } => "not encrypted: the hub and the network can read this",
            Way::Lan { settings, .. } if settings.require_tls => {
                "encrypted, or not at all; compare fingerprints to be sure of each other"
            }
            Way::Lan { .. } => "not encrypted with everyone: each conversation says whether it is",
            Way::Friends { .. } => "encrypted; only your friend's node and yours can read this",
        }
    }

    /// Dials and signs in.
    ///
    /// # Errors
    /// [`LoginError`].
    pub(crate) async fn open(&self) -> Result<Session, LoginError> {
        let (link, proof) = match &self.way {
            Way::Hub {
                address,
                target,
                proof,
            } => {
                let wire = address.wire;
                let gate = wire
                    .client()
                    .map_err(|e| LoginError::Here(format!("{e:#}")))?;
                let target = target.clone();
                // Dialling waits for the network; signals and lines are heard meanwhile.
                let dial = move || dial::dial(&target, gate, wire.features());
                let link = tokio::task::spawn_blocking(dial)
                    .await
                    .map_err(|e| LoginError::Here(e.to_string()))??;
                (link, proof.clone())
            }
            Way::Lan { settings, .. } => (enter(settings).await?, Proof::None),
            Way::Friends { access, .. } => {
                let face = access.node().await.map_err(|error| {
                    let gone = error.downcast::<NodeGone>().map(LoginError::from);
                    gone.unwrap_or_else(|error| LoginError::Here(format!("{error:#}")))
                })?;
                let link = FriendsDoor::new(face).admit();
                let link = link.map_err(|refusal| LoginError::Here(refusal.to_string()))?;
                (link, Proof::None)
            }
        };
        let name = self.me.clone();
        let mut session = Session::new(self.network, name.clone(), link);
        let sign_in = Command::SignIn {
            name: name.clone(),
            proof,
        };
        let answer = match self.network {
            Network::Hub(_) | Network::Friends => session.ask_within(sign_in, SIGN_IN_LIMIT).await,
            Network::Lan => self.appear(&mut session, sign_in).await?,
        };
        match answer {
            Ok(_) => Ok(session),
            Err(Trouble::Refused(refusal)) => {
                let advice = advice(&refusal, self.network);
                Err(LoginError::Refused {
                    name: name.to_string(),
                    refusal,
                    advice,
                })
            }
            Err(trouble) => Err(LoginError::Lost(trouble)),
        }
    }

    /// Signs in to the LAN, which takes until there is one.
    async fn appear(
        &self,
        session: &mut Session,
        sign_in: Command,
    ) -> Result<Result<Reply, Trouble>, LoginError> {
        let mut answer = pin!(session.ask_patiently(sign_in));
        match timeout(APPEAR_LIMIT, answer.as_mut()).await {
            Ok(answer) => Ok(answer),
            Err(_) if self.is_patient => {
                print::note(format_args!("{}; waiting for one", LoginError::NoNetwork));
                Ok(answer.await)
            }
            Err(_) => Err(LoginError::NoNetwork),
        }
    }
}

/// A link to the LAN, not signed in.
///
/// # Errors
/// [`LoginError`].
pub(crate) async fn enter(settings: &node::lan::Settings) -> Result<Link, LoginError> {
    interfaces::check(&settings.interfaces).map_err(LoginError::Here)?;
    let settings = settings.clone();
    // Making a key takes a moment.
    let door = tokio::task::spawn_blocking(move || open_door(settings))
        .await
        .map_err(|e| LoginError::Here(e.to_string()))??;
    door.admit()
        .map_err(|refusal| LoginError::Here(refusal.to_string()))
}

/// The LAN, ready to be entered.
///
/// # Errors
/// [`LoginError`].
pub(crate) fn open_door(settings: node::lan::Settings) -> Result<LanDoor, LoginError> {
    let folder = settings.folder.display().to_string();
    LanDoor::open(settings).map_err(|error| match error {
        LanError::Io(what, why) if what.starts_with(&folder) => {
            LoginError::Folder(LanError::Io(what, why))
        }
        error => LoginError::Lan(error),
    })
}

fn advice(refusal: &Refusal, network: Network) -> &'static str {
    match (refusal, network) {
        (Refusal::NameInUse(_), Network::Hub(_)) => {
            "; choose another, or wait half a minute if it is you who just lost the connection"
        }
        (Refusal::NameReserved(_), _) => "; prove that it is yours with --cert, or use cp://",
        (Refusal::BadCredentials, Network::Hub(Wire::Cp)) => {
            "; `tincan account add NAME` on the hub's machine makes an account"
        }
        _ => "",
    }
}

fn tls_mode(connect: &ConnectArgs, address: &Address) -> anyhow::Result<Option<TlsMode>> {
    let identity = connect
        .cert
        .clone()
        .zip(connect.key.clone())
        .map(|(cert, key)| Identity { cert, key });
    if !address.tls {
        let given = connect.ca.is_some() || connect.pin.is_some() || identity.is_some();
        if given {
            let wire = address.wire.scheme();
            return Err(Usage(format!(
                "certificates need TLS; add --tls or write {wire}+tls:// in the address"
            ))
            .into());
        }
        return Ok(None);
    }
    let trust = match (&connect.pin, &connect.ca) {
        (Some(pin), _) => Trust::Pinned(fingerprint(pin)?),
        (None, Some(path)) => Trust::CaFile(path.clone()),
        (None, None) => {
            let text = "say which certificate to trust: --ca FILE (the hub's own, or its signer's) \
                        or --pin SHA256";
            return Err(Usage(text.into()).into());
        }
    };
    Ok(Some(TlsMode { trust, identity }))
}

/// 64 hexadecimal digits, with or without colons between, as `openssl x509 -fingerprint` prints.
fn fingerprint(raw: &str) -> Result<[u8; 32], Usage> {
    let digits: Option<Vec<u32>> = raw
        .chars()
        .filter(|&c| c != ':')
        .map(|c| c.to_digit(16))
        .collect();
    let bytes: Vec<u8> = digits
        .filter(|digits| digits.len() == 64)
        .iter()
        .flat_map(|digits| digits.chunks(2))
        .filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect();
    bytes.try_into().map_err(|_| {
        Usage("a fingerprint has 64 hexadecimal digits: the SHA-256 of the certificate".into())
    })
}

/// The password: from the environment, a prompt, or the first line of standard input.
fn password(address: &Address) -> anyhow::Result<Secret> {
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(Secret::new(password));
    }
    let password = if io::stdin().is_terminal() {
        rpassword::prompt_password(format!(
            "password of {} at {}: ",
            address.name, address.host
        ))
        .context("cannot ask for the password; set TINCAN_PASSWORD instead")?
    } else {
        first_line(&mut io::stdin().lock())
            .context("cannot read the password from standard input")?
    };
    if password.is_empty() {
        return Err(Usage(format!(
            "there is no password; set {PASSWORD}, or make it the first line of standard input"
        ))
        .into());
    }
    Ok(Secret::new(password))
}

/// Takes one line and not a byte more: what follows is the message.
pub(crate) fn first_line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(MAX_PASSWORD_LINE).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_come_with_or_without_colons() {
        let plain = "00ff".repeat(16);
        let colons = vec!["00:FF"; 16].join(":");
        assert_eq!(fingerprint(&plain).ok(), fingerprint(&colons).ok());
        assert_eq!(fingerprint(&plain).unwrap()[..2], [0, 255]);
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
            assert!(fingerprint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_password_is_the_first_line_and_the_rest_stays() {
        // [CP-13]
        let mut input = io::Cursor::new(b"opensesame\r\nthe message\n".to_vec());
        assert_eq!(first_line(&mut input).unwrap(), "opensesame");
        let mut rest = String::new();
        input.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "the message\n");
    }

    #[test]
    fn a_refused_name_or_password_is_not_tried_again() {
        let refused = |refusal| LoginError::Refused {
            name: "ana".into(),
            refusal,
            advice: "",
        };
        let ana = UserName::parse("ana").unwrap();
        assert!(!refused(Refusal::NameInUse(ana.clone())).is_passing());
        assert!(!refused(Refusal::NameReserved(ana)).is_passing());
        assert!(!refused(Refusal::BadCredentials).is_passing());
        assert!(LoginError::Lost(Trouble::NoAnswer).is_passing());
    }
}
