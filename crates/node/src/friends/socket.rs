//! Faces of other processes: a Unix socket in the node's folder, and lines of JSON on it.
//!
//! Each side begins with a line that says which version of this it speaks. Then the face asks, a
//! [`Asked`] a line, and the node tells, a [`Told`] a line. The folder is the owner's alone, and so
//! is the socket; whoever can open it is the person.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use friends::{Request, RequestId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter,
};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::Told;
use super::faces::{FaceId, Said};

const NAME: &str = "node.sock";
/// What is spoken here; another number is another language.
const PROTOCOL: u32 = 1;
/// Bytes in a request's line, at most: the longest text, each byte of it escaped.
const MAX_ASKED: u64 = 4 * 1024 * 1024;
/// Bytes in a line of the node's, at most: a list of a hundred thousand files.
const MAX_TOLD: u64 = 64 * 1024 * 1024;
/// Requests of one face whose answers it has not taken, at most; more are not read. An answer can have
/// megabytes.
const MAX_UNANSWERED: usize = 64;
/// How long the first line may take.
const HELLO_LIMIT: Duration = Duration::from_secs(5);
/// How long accepting rests when the system has nothing to accept with.
const REST: Duration = Duration::from_millis(100);

/// The first line of either side.
#[derive(Debug, Serialize, Deserialize)]
struct Hello {
    tincan_friends: u32,
    program: String,
}

/// A request on the socket.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    id: RequestId,
    request: Request,
}

/// Why a face is not attached.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("the line is longer than {0} bytes")]
    TooLong(u64),
    #[error("it is gone")]
    End,
    #[error("it was not understood: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Where faces come in.
pub(super) struct Listener {
    path: PathBuf,
    socket: UnixListener,
}

/// Listens in `folder`, which the caller has locked: what lies there is left over.
///
/// # Errors
/// The system says no.
pub(super) fn bind(folder: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    let path = folder.join(NAME);
    // Between its making and its mode the socket is what the folder lets it be.
    fs::set_permissions(folder, PermissionsExt::from_mode(0o700))?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let socket = std::os::unix::net::UnixListener::bind(&path)?;
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Whether somebody listens in `folder`.
pub(super) fn is_answered(folder: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(folder.join(NAME)).is_ok()
}

impl Listener {
    /// Within a runtime.
    ///
    /// # Errors
    /// The runtime does not take the socket.
    pub(super) fn new(folder: &Path, socket: std::os::unix::net::UnixListener) -> io::Result<Self> {
        Ok(Self {
            path: folder.join(NAME),
            socket: UnixListener::from_std(socket)?,
        })
    }

    /// The next one. Can be dropped and called again.
    pub(super) async fn accept(&self) -> UnixStream {
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => return stream,
                Err(error) => {
                    tracing::debug!(%error, "could not accept a face");
                    sleep(REST).await;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Serves an attached face until it goes or the node ends.
pub(super) async fn serve(
    face: FaceId,
    stream: UnixStream,
    say: mpsc::Sender<Said>,
    mut told: mpsc::Receiver<Told>,
) {
    let (read, write) = stream.into_split();
    let (mut read, mut write) = (BufReader::new(read), BufWriter::new(write));
    let served = async {
        greet(&mut read, &mut write).await?;
        let room = Semaphore::new(MAX_UNANSWERED);
        let asking = async {
            loop {
                // Never closed.
                if let Ok(place) = room.acquire().await {
                    place.forget();
                }
                let Asked { id, request } = read_line(&mut read, MAX_ASKED).await?;
                if say.send(Said::Asks(face, id, request)).await.is_err() {
                    return Ok::<(), LineError>(());
                }
            }
        };
        tokio::select! {
            asked = asking => asked,
            written = write_all(&mut write, &mut told, &room) => written,
        }
    };
    if let Err(error) = served.await {
        tracing::debug!(?face, %error, "a face has left");
    }
    let _ = say.send(Said::Leaves(face)).await;
}

/// The face's side: carries lines until either end is over.
pub(super) async fn carry(
    folder: PathBuf,
    mut requests: mpsc::Receiver<(RequestId, Request)>,
    tell: mpsc::Sender<Told>,
    ready: oneshot::Sender<Result<(), String>>,
) {
    let attached = match attach(&folder).await {
        Ok(attached) => attached,
        Err(error) => {
            let _ = ready.send(Err(error.to_string()));
            return;
        }
    };
    let (mut read, mut write) = attached;
    if ready.send(Ok(())).is_err() {
        return;
    }
    let asking = async {
        while let Some((id, request)) = requests.recv().await {
            write_line(&mut write, &Asked { id, request }).await?;
            write.flush().await?;
        }
        Ok::<_, LineError>(())
    };
    let telling = async {
        loop {
            let told: Told = read_line(&mut read, MAX_TOLD).await?;
            if tell.send(told).await.is_err() {
                return Ok(());
            }
        }
    };
    let over = tokio::select! {
        asked = asking => asked,
        told = telling => told,
    };
    if let Err(error) = over {
        let reason = match error {
            LineError::End => "the node's process has ended".into(),
            LineError::TooLong(_) | LineError::Json(_) | LineError::Io(_) => {
                format!("the node is lost: {error}")
            }
        };
        let _ = tell.send(Told::Ended(reason)).await;
    }
}

type Ends = (BufReader<OwnedReadHalf>, BufWriter<OwnedWriteHalf>);

async fn attach(folder: &Path) -> Result<Ends, LineError> {
    let stream = UnixStream::connect(folder.join(NAME)).await?;
    let (read, write) = stream.into_split();
    let (mut read, mut write) = (BufReader::new(read), BufWriter::new(write));
    greet(&mut read, &mut write).await?;
    Ok((read, write))
}

/// Says hello and hears it.
async fn greet(
    read: &mut (impl AsyncBufRead + Unpin),
    write: &mut (impl AsyncWrite + Unpin),
) -> Result<(), LineError> {
    let ours = Hello {
        tincan_friends: PROTOCOL,
        program: super::start::PROGRAM.into(),
    };
    let greeting = async {
        write_line(write, &ours).await?;
        write.flush().await?;
        let theirs: Hello = read_line(read, MAX_ASKED).await?;
        if theirs.tincan_friends != PROTOCOL {
            return Err(io::Error::other(format!(
                "the node is {}, this is {}; end it, and start it with this program",
                theirs.program, ours.program
            ))
            .into());
        }
        Ok(())
    };
    match timeout(HELLO_LIMIT, greeting).await {
        Ok(greeted) => greeted,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// Writes what a face is told, until there is nothing more. What comes at once goes out at once; each
/// answer makes room for another request.
async fn write_all(
    write: &mut (impl AsyncWrite + Unpin),
    told: &mut mpsc::Receiver<Told>,
    room: &Semaphore,
) -> Result<(), LineError> {
    while let Some(next) = told.recv().await {
        let mut next = Some(next);
        while let Some(told_now) = next {
            write_line(write, &told_now).await?;
            if let Told::Report(..) = told_now {
                room.add_permits(1);
            }
            next = told.try_recv().ok();
        }
        write.flush().await?;
    }
    Ok(())
}

async fn write_line(
    write: &mut (impl AsyncWrite + Unpin),
    value: &impl Serialize,
) -> Result<(), LineError> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(write.write_all(&line).await?)
}

async fn read_line<T: DeserializeOwned>(
    read: &mut (impl AsyncBufRead + Unpin),
    limit: u64,
) -> Result<T, LineError> {
    let mut line = Vec::new();
    read.take(limit).read_until(b'\n', &mut line).await?;
    match line.last() {
        Some(b'\n') => Ok(serde_json::from_slice(&line)?),
        Some(_) if line.len() as u64 == limit => Err(LineError::TooLong(limit)),
        Some(_) | None => Err(LineError::End),
    }
}
