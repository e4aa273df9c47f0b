//! One file from friend to friend, against the same bytes through one bare TLS stream, in turns.
//!
//! Two whole nodes on loopback: the file is read, sent in pieces that are asked for, decrypted, written
//! to a part, hashed, verified, brought to disk, named. A bare stream is rustls' own reading and writing, a
//! thread on each side; what it does with the bytes goes from nothing to the same job as ours:
//!
//! | stream | the bytes |
//! |---|---|
//! | [`Bare::Empty`] | from memory to nowhere: the most that TLS carries here |
//! | [`Bare::Hashed`] | from memory to SHA-1: the least that whoever verifies a file must do [RS-17] |
//! | [`Bare::Stored`] | from a file to a file on disk, which nobody verifies |
//! | [`Bare::Whole`] | from a file to SHA-1 and a file on disk: the same job, and nothing else |
//!
//! The first is no goal but a measure. A file has one SHA-1, which is made of its bytes in order, so one core makes
//! it; where that core hashes more slowly than an empty stream flows, nothing that verifies keeps up with it.
//!
//! The file that is sent is in the system's cache; the disk counts where the other one is brought to it.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use friends::api::{DownloadState, FileLink, Wanted};
use friends::{Notice, Report, Request};
use model::Secret;
use node::friends::{Face, Init, Settings, Told};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream,
};
use sha1::{Digest, Sha1};
use store::{MemoryPlace, Shelf};

/// Bytes written and read at a time on the bare stream.
const PIECE: usize = 256 * 1024;
/// A name for the bare stream's certificate.
const NAME: &str = "bare";
const PASSPHRASE: &str = "bench";

/// What a bare stream does with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bare {
    /// From memory to nowhere.
    Empty,
    /// From memory to SHA-1.
    Hashed,
    /// From a file to a file on disk.
    Stored,
    /// From a file to SHA-1 and a file on disk.
    Whole,
}

impl Bare {
    /// All, by how much they do.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Hashed, Self::Stored, Self::Whole];

    /// A word for it in a record.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Hashed => "hashed",
            Self::Stored => "stored",
            Self::Whole => "whole",
        }
    }

    /// What it does, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "memory to nowhere",
            Self::Hashed => "memory to SHA-1",
            Self::Stored => "file to file",
            Self::Whole => "file to SHA-1 and file",
        }
    }

    fn seconds(self, size: usize, file: &Path, arrives: &Path) -> Result<f64> {
        let open = || fs::File::open(file);
        match self {
            Self::Empty => carry(size, Memory, Arriving::default()),
            Self::Hashed => carry(size, Memory, Arriving::default().hashed()),
            Self::Stored => carry(size, open()?, Arriving::default().stored(arrives)?),
            Self::Whole => carry(size, open()?, Arriving::default().hashed().stored(arrives)?),
        }
    }
}

/// The same bytes each way, in seconds.
#[derive(Debug, Clone)]
pub struct Round {
    /// Through a bare TLS stream, in the order of [`Bare::ALL`].
    pub bare: [f64; Bare::ALL.len()],
    /// From friend to friend, from asking until the file has its name.
    pub friends: f64,
}

impl Round {
    /// Which part of each bare stream's speed the friends reach.
    pub fn ratios(&self) -> [f64; Bare::ALL.len()] {
        self.bare.map(|seconds| seconds / self.friends)
    }
}

/// Carries `mib` MiB both ways, so many times; everything is made in `folder` and removed.
///
/// # Errors
/// A node cannot be started, or the file does not arrive.
pub fn run(folder: &Path, mib: usize, rounds: usize, mut told: impl FnMut(&Round)) -> Result<()> {
    ensure!((1..=65_536).contains(&mib), "--mib must be 1 to 65536");
    let scratch = Scratch::new(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let (mut ana, mut bea) = (scratch.node("ana")?, scratch.node("bea")?);
        meet(&mut ana, &mut bea).await?;
        for round in 0..rounds {
            // Another file each time: one that is there already is not fetched.
            let file = scratch.0.join(format!("file-{round}"));
            write(&file, mib, round)?;
            let arrives = scratch.0.join("carried");
            let mut bare = [0.0; Bare::ALL.len()];
            for (seconds, stream) in bare.iter_mut().zip(Bare::ALL) {
                *seconds = stream.seconds(mib << 20, &file, &arrives)?;
            }
            fs::remove_file(&arrives)?;
            let link = offer(&mut ana, &file).await?;
            let begun = Instant::now();
            let path = fetch(&mut bea, &link).await?;
            let friends = begun.elapsed().as_secs_f64();
            fs::remove_file(path).context("failed to remove what arrived")?;
            fs::remove_file(file).context("failed to remove what was sent")?;
            told(&Round { bare, friends });
        }
        Ok(())
    })
}

/// A folder that goes with everything in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("tincan-bench-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("failed to make {}", path.display()))?;
        Ok(Self(path))
    }

    /// Somebody with new keys, and their node.
    fn node(&self, name: &str) -> Result<Face> {
        let settings = Settings {
            folder: self.0.join(name),
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            announce: Vec::new(),
            incoming: self.0.join(format!("{name}-incoming")),
            tells_friends_of_friends: true,
        };
        let wish = Init {
            name: name.into(),
            email: None,
            location: "bench".into(),
            bits: identity::KeyBits::Rsa2048,
            passphrase: Secret::new(PASSPHRASE.into()),
            imported: None,
        };
        node::friends::init(&settings.folder, &wish, &|_| {})?;
        let records = MemoryPlace::default();
        let open = move |_: &Path| Ok(Box::new(records.open()?) as Box<dyn Shelf>);
        Ok(node::friends::start(&settings, PASSPHRASE, &open)?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn meet(ana: &mut Face, bea: &mut Face) -> Result<()> {
    for face in [&mut *ana, &mut *bea] {
        face.ask(Request::Watch).await?;
    }
    introduce(ana, bea).await?;
    introduce(bea, ana).await?;
    until(bea, |notice| match notice {
        Notice::Friend(friend) => {
            let mut locations = friend.locations.iter();
            locations.any(|location| location.is_online).then_some(())
        }
        _ => None,
    })
    .await
}

async fn introduce(one: &mut Face, to: &mut Face) -> Result<()> {
    let request = Request::OwnText {
        is_short: false,
        addresses: Vec::new(),
    };
    let Report::Text(text) = one.ask(request).await? else {
        bail!("a node gives no certificate");
    };
    let report = to.ask(Request::Add { text }).await?;
    ensure!(matches!(report, Report::Friend(_)), "{report:?}");
    Ok(())
}

async fn offer(ana: &mut Face, file: &Path) -> Result<FileLink> {
    let request = Request::Offer {
        who: "bea".into(),
        file: file.to_owned(),
    };
    match ana.ask(request).await? {
        Report::Offered(link) => Ok(link),
        other => bail!("the file is not offered: {other:?}"),
    }
}

async fn fetch(bea: &mut Face, link: &FileLink) -> Result<PathBuf> {
    let (name, size, hash) = (&link.name, link.size, &link.hash);
    let request = Request::Fetch {
        what: Wanted::Link(format!(
            "retroshare://file?name={name}&size={size}&hash={hash}"
        )),
        from: Some("ana".into()),
        folder: None,
    };
    let report = bea.ask(request).await?;
    ensure!(matches!(report, Report::Download(_)), "{report:?}");
    let arrived = until(bea, |notice| match notice {
        Notice::Download(download) if download.file.hash == *hash => match download.state {
            DownloadState::Done => Some(Ok(download.path)),
            DownloadState::Failed | DownloadState::Cancelled => Some(Err(download.why)),
            DownloadState::Waiting
            | DownloadState::Loading
            | DownloadState::Verifying
            | DownloadState::Paused => None,
        },
        _ => None,
    });
    match arrived.await? {
        Ok(path) => Ok(path),
        Err(why) => bail!("the file did not arrive: {}", why.unwrap_or_default()),
    }
}

async fn until<T>(face: &mut Face, mut is_it: impl FnMut(Notice) -> Option<T>) -> Result<T> {
    loop {
        match face.next().await {
            Told::Notice(notice) => {
                if let Some(found) = is_it(notice) {
                    return Ok(found);
                }
            }
            Told::Report(..) => {}
            Told::Ended(why) => bail!("a node has ended: {why}"),
        }
    }
}

fn write(file: &Path, mib: usize, round: usize) -> Result<()> {
    let bytes: Vec<u8> = (0..1 << 20)
        .map(|n: usize| (n / 3 + n / 1021) as u8)
        .collect();
    let mut out = fs::File::create(file).context("failed to make the file")?;
    for number in 0..mib {
        // No two pieces alike.
        out.write_all(&[number.to_le_bytes(), round.to_le_bytes()].concat())?;
        out.write_all(bytes.get(16..).unwrap_or_default())?;
    }
    Ok(())
}

/// Where a bare stream's bytes come from: always as many as fit.
trait Source {
    fn fill(&mut self, piece: &mut [u8]) -> Result<()>;
}

struct Memory;

impl Source for Memory {
    fn fill(&mut self, _: &mut [u8]) -> Result<()> {
        Ok(())
    }
}

impl Source for fs::File {
    fn fill(&mut self, piece: &mut [u8]) -> Result<()> {
        Ok(self.read_exact(piece)?)
    }
}

/// What happens to them at the other end.
#[derive(Default)]
struct Arriving {
    sum: Option<Sha1>,
    file: Option<fs::File>,
}

impl Arriving {
    fn hashed(self) -> Self {
        let sum = Some(Sha1::new());
        Self { sum, ..self }
    }

    fn stored(self, path: &Path) -> Result<Self> {
        let file = Some(fs::File::create(path)?);
        Ok(Self { file, ..self })
    }

    fn take(&mut self, piece: &[u8]) -> Result<()> {
        if let Some(sum) = &mut self.sum {
            sum.update(piece);
        }
        if let Some(file) = &mut self.file {
            file.write_all(piece)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        std::hint::black_box(self.sum.map(Digest::finalize));
        if let Some(file) = self.file {
            file.sync_all()?;
        }
        Ok(())
    }
}

/// How long `size` bytes take through one bare stream, the handshake aside.
fn carry(size: usize, mut from: impl Source, mut to: Arriving) -> Result<f64> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()])?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone())?;
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let receiving = thread::spawn(move || -> Result<Instant> {
        let (mut tcp, _) = listener.accept()?;
        let mut tls = ServerConnection::new(Arc::new(server))?;
        let mut stream = Stream::new(&mut tls, &mut tcp);
        let mut buffer = vec![0; PIECE];
        let mut left = size;
        while left > 0 {
            let count = stream.read(&mut buffer)?;
            ensure!(count > 0, "the stream has ended early");
            to.take(buffer.get(..count).unwrap_or_default())?;
            left -= count.min(left);
        }
        to.finish()?;
        Ok(Instant::now())
    });
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_nodelay(true)?;
    let mut tls = ClientConnection::new(Arc::new(client), ServerName::try_from(NAME)?)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    let begun = Instant::now();
    let mut stream = Stream::new(&mut tls, &mut tcp);
    let mut piece = vec![7; PIECE];
    let mut left = size;
    while left > 0 {
        let part = piece.get_mut(..left.min(PIECE)).unwrap_or_default();
        from.fill(part)?;
        stream.write_all(part)?;
        left -= part.len();
    }
    let Ok(ended) = receiving.join() else {
        bail!("the receiving thread has died");
    };
    Ok((ended? - begun).as_secs_f64())
}
