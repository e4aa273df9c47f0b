//! What is to be done with files, and how it went. The shell has threads for it; the node decides
//! what is read, hashed and written, and in which order.

use std::path::PathBuf;

use bytes::Bytes;
use wire_retroshare::FileHash;

/// One task, answered by exactly one [`DiskAnswer`] that ends it (listings and progress come before).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// How a file looks from outside; a hash is known for as long as this is the same [RS-16].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Bytes.
    pub size: u64,
    /// When it was changed last, in nanoseconds since 1970; 0 where the system does not tell.
    pub modified: u64,
    /// The system's number of the file, its inode; 0 where there is none. The device is left out, as its
    /// number may be another after a restart.
    pub inode: u64,
}

/// Something to be done with files.
#[derive(Debug)]
pub enum DiskTask {
    /// List a shared folder and all below it; links are not followed. Answer:
    /// [`DiskAnswer::Listed`] in portions.
    List {
        /// The task.
        task: TaskId,
        /// The folder (or a single file).
        root: PathBuf,
    },
    /// Watch a shared folder, from its next listing on, or no longer. No answer ends it:
    /// [`DiskAnswer::Changed`] comes whenever something may have changed; never, where there is too much
    /// to watch or the system cannot.
    Watch {
        /// The folder.
        root: PathBuf,
        /// Whether it is watched.
        is_on: bool,
    },
    /// SHA-1 of a whole file, in the background. Answer: [`DiskAnswer::Hashing`]…, then
    /// [`DiskAnswer::Hashed`] or [`DiskAnswer::Failed`].
    Hash {
        /// The task.
        task: TaskId,
        /// The shared folder that it lies in, below which no link is followed; `None`: a file by itself.
        root: Option<PathBuf>,
        /// The file.
        path: PathBuf,
    },
    /// Stop hashing, or go on; tasks under way rest where they are.
    PauseHashing(bool),
    /// Read a piece of a shared file. Answer: [`DiskAnswer::Read`] or [`DiskAnswer::Failed`]
    /// (also if the file is not `identity` any more).
    Read {
        /// The task.
        task: TaskId,
        /// The shared folder that it lies in, below which no link is followed; `None`: a file by itself, or a part.
        root: Option<PathBuf>,
        /// The file.
        path: PathBuf,
        /// The file as it was hashed; `None`: a download's part, which changes.
        identity: Option<Identity>,
        /// From here.
        offset: u64,
        /// So many bytes, at most [`MAX_READ`].
        length: u32,
    },
    /// SHA-1 of a piece of a file or part. Answer: [`DiskAnswer::PieceHashed`] or
    /// [`DiskAnswer::Failed`] (also if the file is not `identity` any more).
    HashPiece {
        /// The task.
        task: TaskId,
        /// The shared folder that it lies in, below which no link is followed; `None`: a file by itself, or a part.
        root: Option<PathBuf>,
        /// The file.
        path: PathBuf,
        /// The file as it was hashed; `None`: a download's part, which changes.
        identity: Option<Identity>,
        /// From here.
        offset: u64,
        /// So many bytes; at most the chunk of 1 MiB.
        length: u32,
    },
    /// Open a download's part file, made if missing, after looking at the free space [RS-17]. The file
    /// gets no more than `size` bytes. Answer: [`DiskAnswer::Opened`] or [`DiskAnswer::Failed`].
    Open {
        /// The task.
        task: TaskId,
        /// The part file; its folder is made.
        part: PathBuf,
        /// Bytes of the whole file.
        size: u64,
        /// Bytes of it that are there already.
        have: u64,
    },
    /// Write a piece of a part file. Answer: [`DiskAnswer::Written`] or [`DiskAnswer::Failed`].
    Write {
        /// The task.
        task: TaskId,
        /// The part file, opened before.
        part: PathBuf,
        /// From here.
        offset: u64,
        /// What.
        data: Bytes,
    },
    /// SHA-1 of the whole part; what was written in order is hashed already. Answer:
    /// [`DiskAnswer::Hashed`] or [`DiskAnswer::Failed`].
    Verify {
        /// The task.
        task: TaskId,
        /// The part file, opened before.
        part: PathBuf,
        /// Bytes of the whole file.
        size: u64,
    },
    /// The part is whole and verified: bring it to disk and give it its name in `folder`, or the next
    /// free one; nothing is ever overwritten. Answer: [`DiskAnswer::Finished`] or
    /// [`DiskAnswer::Failed`].
    Finish {
        /// The task.
        task: TaskId,
        /// The part file.
        part: PathBuf,
        /// Where to.
        folder: PathBuf,
        /// The name wished for; cleaned by the node, so that it stays in the folder.
        name: String,
    },
    /// Close a part file, and remove it if so wished. No answer.
    Drop {
        /// The part file.
        part: PathBuf,
        /// Whether it is removed.
        is_removed: bool,
    },
}

/// Bytes of one read, at most: what one data item carries.
pub const MAX_READ: u32 = 240 * 1024;

/// One file of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The folders below the root, outermost first.
    pub folders: Vec<String>,
    /// The file's name.
    pub name: String,
    /// How it looks.
    pub identity: Identity,
}

/// How a task went.
#[derive(Debug)]
pub enum DiskAnswer {
    /// Files of a folder, in no order; more follow unless it is the end.
    Listed {
        /// The task.
        task: TaskId,
        /// The files.
        files: Vec<Listed>,
        /// Whether these are the last.
        is_end: bool,
    },
    /// Something below a folder that is watched has changed. What changes for a moment longer may not be
    /// told again, so a look at the folder has to wait a second.
    Changed {
        /// The folder.
        root: PathBuf,
    },
    /// So many bytes are hashed.
    Hashing {
        /// The task.
        task: TaskId,
        /// Bytes so far.
        done: u64,
    },
    /// A whole file is hashed.
    Hashed {
        /// The task.
        task: TaskId,
        /// Its hash.
        hash: FileHash,
        /// How it looked before and after; it did not change meanwhile.
        identity: Identity,
    },
    /// A piece was read.
    Read {
        /// The task.
        task: TaskId,
        /// The bytes: as many as asked for.
        data: Bytes,
    },
    /// A piece is hashed.
    PieceHashed {
        /// The task.
        task: TaskId,
        /// Its SHA-1.
        hash: [u8; 20],
    },
    /// The part file is open.
    Opened {
        /// The task.
        task: TaskId,
        /// Whether it was made just now, so that nothing is in it.
        is_new: bool,
    },
    /// A piece is written.
    Written {
        /// The task.
        task: TaskId,
    },
    /// The file has its name.
    Finished {
        /// The task.
        task: TaskId,
        /// Where it is.
        path: PathBuf,
    },
    /// It could not be done.
    Failed {
        /// The task.
        task: TaskId,
        /// Why, in a form that decides what comes next.
        why: DiskError,
        /// Why, in words: what failed, on what.
        words: String,
    },
}

/// Why a task failed, as far as the node decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The file is not there, or not the one it was.
    Changed,
    /// There is no room; the download waits.
    Full,
    /// Anything else.
    Other,
}
