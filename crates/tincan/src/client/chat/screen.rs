//! Where lines come from and go to: a terminal with editing, history and completion, or plain
//! standard streams for scripts.
//!
//! The editor blocks, so it has a thread; after each line it waits, not long, for that line to be
//! carried out, so that its next prompt is true. What is printed goes through a thread too, because
//! the editor takes it only while it runs.

use std::borrow::Cow;
use std::fs::DirBuilder;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use etcetera::BaseStrategy;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, ExternalPrinter, Helper};
use tokio::sync::mpsc;

use super::complete::{Found, Names, complete, hint};
use super::state::Chat;
use crate::client::view::View;
use crate::print;

/// Typed lines that wait, at most.
const TYPED: usize = 16;
/// Lines that wait to be printed, at most; then the hub is read more slowly.
const PRINTED: usize = 1_024;
/// How long the next prompt waits for the last line to be carried out.
const PROMPT_LIMIT: Duration = Duration::from_secs(1);
/// Lines of history kept between runs.
const HISTORY: usize = 1_000;

/// Something typed.
#[derive(Debug)]
pub(super) enum Typed {
    /// A line; pasted ones hold line breaks.
    Line(String),
    /// The line that is being edited begins or ceases to hold a text.
    Editing(bool),
    /// Ctrl-D, or Ctrl-C twice.
    Quit,
}

/// Where lines go.
pub(super) enum Screen {
    /// To standard output as they are.
    Plain,
    /// Above the line that is being edited.
    Terminal(Terminal),
}

/// A terminal with an editor.
pub(super) struct Terminal {
    shared: Arc<Shared>,
    printer: mpsc::Sender<String>,
    printing: JoinHandle<()>,
    /// As it was before the editor came.
    before: Option<Termios>,
}

impl Screen {
    /// Takes over the standard streams. Typed lines come over the channel, which ends with them.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub(super) fn start() -> anyhow::Result<(Self, mpsc::Receiver<Typed>)> {
        let (typed, lines) = mpsc::channel(TYPED);
        if io::stdin().is_terminal() && io::stdout().is_terminal() {
            let terminal = Terminal::start(typed).context("cannot use the terminal")?;
            return Ok((Self::Terminal(terminal), lines));
        }
        let read = move || {
            for line in io::stdin().lines().map_while(Result::ok) {
                if typed.blocking_send(Typed::Line(line)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("lines".into())
            .spawn(read)?;
        Ok((Self::Plain, lines))
    }

    /// Whether a person looks on.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// Prints a line.
    ///
    /// # Errors
    /// Standard output is gone.
    pub(super) async fn show(&mut self, line: String) -> anyhow::Result<()> {
        match self {
            Self::Plain => print::output(line)?,
            Self::Terminal(terminal) => terminal.print(line + "\n").await?,
        }
        Ok(())
    }

    /// Rings the terminal's bell, if there is one.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) async fn ring(&mut self) -> anyhow::Result<()> {
        // The bell goes out with the line that follows: on its own it would take one.
        if let Self::Terminal(terminal) = self {
            terminal.shared.lock().rings = true;
        }
        Ok(())
    }

    /// Tells the editor how things are; where nothing is under way, its next prompt may come.
    pub(super) fn update(&mut self, chat: &Chat) {
        let Self::Terminal(terminal) = self else {
            return;
        };
        let (prompt, names) = (chat.prompt(), chat.names());
        let mut state = terminal.shared.lock();
        state.prompt = prompt;
        state.names = names;
        if chat.is_idle() {
            state.is_settled = true;
            terminal.shared.changed.notify_all();
        }
    }

    /// Gives the terminal back as it was.
    pub(super) fn close(self) {
        let Self::Terminal(terminal) = self else {
            return;
        };
        drop(terminal.printer);
        // What was told last is on the screen before the process ends.
        let _ = terminal.printing.join();
        let mut state = terminal.shared.lock();
        state.is_over = true;
        if state.is_reading {
            // The editor still waits for a key and will not put things back itself: leave its
            // line, switch off the marking of pastes, and restore the modes.
            let _ = print::output("\x1b[?2004l");
            if let Some(before) = &terminal.before {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            }
        }
    }
}

/// What the editor and the conversation share. A mutex suffices: both hold it for moments.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    prompt: String,
    names: Names,
    /// The line that was typed last is carried out.
    is_settled: bool,
    /// The editor waits for keys.
    is_reading: bool,
    /// The line that is being edited holds a text, and that is told.
    is_typing: bool,
    /// A bell is due.
    rings: bool,
    /// No more lines are taken.
    is_over: bool,
}

impl Shared {
    /// A panic elsewhere leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The prompt, once the last line is carried out or that takes too long; `None`: it is over.
    fn prompt(&self) -> Option<String> {
        let state = self.lock();
        let waits = |state: &mut State| !state.is_settled && !state.is_over;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, PROMPT_LIMIT, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_reading = !state.is_over;
        (!state.is_over).then(|| state.prompt.clone())
    }
}

impl Terminal {
    fn start(typed: mpsc::Sender<Typed>) -> anyhow::Result<Self> {
        let before = tcgetattr(io::stdin()).ok();
        let shared = Arc::new(Shared::default());
        let config = Config::builder()
            .max_history_size(HISTORY)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .build();
        let mut editor = Editor::<Typist, DefaultHistory>::with_config(config)?;
        editor.set_helper(Some(Typist {
            shared: Arc::clone(&shared),
            typed: typed.clone(),
            paths: FilenameCompleter::new(),
            view: View::for_stdout(),
        }));
        let history = history_file();
        if let Some(path) = &history {
            // There is none before the first time.
            let _ = editor.load_history(path);
        }
        let mut out = editor.create_external_printer()?;
        let (printer, mut texts) = mpsc::channel::<String>(PRINTED);
        let ringing = Arc::clone(&shared);
        let printing = std::thread::Builder::new()
            .name("print".into())
            .spawn(move || {
                while let Some(text) = texts.blocking_recv() {
                    let bell = if std::mem::take(&mut ringing.lock().rings) {
                        "\x07"
                    } else {
                        ""
                    };
                    if out.print(format!("{bell}{text}")).is_err() {
                        return;
                    }
                }
            })?;
        let reading = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("edit".into())
            .spawn(move || edit(editor, &reading, &typed, history.as_deref()))?;
        Ok(Self {
            shared,
            printer,
            printing,
            before,
        })
    }

    async fn print(&self, text: String) -> anyhow::Result<()> {
        self.printer
            .send(text)
            .await
            .context("the terminal is gone")
    }
}

/// Reads lines until there are no more.
fn edit(
    mut editor: Editor<Typist, DefaultHistory>,
    shared: &Shared,
    typed: &mpsc::Sender<Typed>,
    history: Option<&Path>,
) {
    let mut interrupted = false;
    while let Some(prompt) = shared.prompt() {
        let read = editor.readline(&prompt);
        let next = match read {
            Ok(line) => {
                interrupted = false;
                // A history that cannot be kept is no reason not to talk.
                let _ = editor.add_history_entry(line.as_str());
                if let Some(path) = history {
                    let _ = editor.append_history(path);
                }
                Typed::Line(line)
            }
            Err(ReadlineError::Interrupted) if !std::mem::replace(&mut interrupted, true) => {
                Typed::Line(String::new())
            }
            Err(_) => Typed::Quit,
        };
        let quits = matches!(next, Typed::Quit);
        let mut state = shared.lock();
        state.is_reading = false;
        state.is_typing = false;
        state.is_settled = false;
        drop(state);
        if typed.blocking_send(next).is_err() || quits {
            return;
        }
    }
}

/// Where typed lines are kept between runs, for their owner only; `None` where there is no place.
fn history_file() -> Option<PathBuf> {
    let named = std::env::var_os("TINCAN_DATA").filter(|name| !name.is_empty());
    let folder = match named {
        Some(named) => PathBuf::from(named),
        None => etcetera::choose_base_strategy()
            .ok()?
            .data_dir()
            .join("tincan"),
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).ok()?;
    Some(folder.join("chat_history"))
}

/// Helps the editor: completes, hints, paints.
struct Typist {
    shared: Arc<Shared>,
    typed: mpsc::Sender<Typed>,
    paths: FilenameCompleter,
    view: View,
}

impl Helper for Typist {}

impl Validator for Typist {}

impl Completer for Typist {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let found = complete(&line[..at], &self.shared.lock().names);
        match found {
            Found::Path => self.paths.complete(line, at, context),
            Found::Words(from, words) => {
                let pair = |word: String| Pair {
                    display: word.trim_end().into(),
                    replacement: word,
                };
                Ok((from, words.into_iter().map(pair).collect()))
            }
        }
    }
}

impl Hinter for Typist {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _context: &Context<'_>) -> Option<String> {
        let mut state = self.shared.lock();
        // The editor asks after every key: whoever is written to learns of the first and the last.
        let is_text = !line.trim_start().is_empty() && !line.starts_with('/');
        if is_text != state.is_typing && self.typed.try_send(Typed::Editing(is_text)).is_ok() {
            state.is_typing = is_text;
        }
        if at == line.len() {
            hint(line, state.names.network)
        } else {
            None
        }
    }
}

impl Highlighter for Typist {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.view.dim(hint))
    }
}
