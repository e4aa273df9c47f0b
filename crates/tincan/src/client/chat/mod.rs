//! `tincan chat`: talking, line by line.
//!
//! | file | what |
//! |---|---|
//! | `line` | what a typed line means |
//! | `complete` | what a beginning can become |
//! | `state` | the conversation as a value: lines and happenings in, things to do out |
//! | `people` | who is here, where there are no rooms |
//! | `files` | transfers under way |
//! | `screen` | a terminal with editing, or plain lines for scripts |
//!
//! This file runs them. A connection that is lost is made again after growing pauses, except where
//! the hub refused the name or the password.

mod complete;
mod files;
mod line;
mod people;
mod screen;
mod state;

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::time::Duration;

use anyhow::bail;
use link::Happening;
use model::{Command, RoomName, Text};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until};

use super::escape::visible;
use super::login::Login;
use super::network::Network;
use super::send::no_rooms;
use super::session::Session;
use super::upload::{NEWS, News};
use super::view::View;
use super::{Interrupted, interrupted, lan, mail, target};
use crate::args::ChatArgs;
use files::Files;
use screen::{Screen, Typed};
use state::{Chat, Do, Purpose};

/// How often transfers tell how far they are.
const PROGRESS: Duration = Duration::from_secs(5);
/// How long a script's first line on the LAN waits, since the people it may be for are found one by
/// one: those who are there answer within a second.
const LOOK_AROUND: Duration = Duration::from_secs(2);
/// The first pause before connecting again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that held for so long was a good one: the pauses begin anew.
const GOOD_CONNECTION: Duration = Duration::from_secs(60);

/// Talks until the person has enough.
///
/// # Errors
/// No connection, the name or password is refused, or, without a terminal, something was not done.
pub(crate) async fn run(args: &ChatArgs) -> anyhow::Result<()> {
    let rooms = args.rooms.iter().map(|raw| target::room(raw));
    let rooms = rooms.collect::<Result<Vec<_>, _>>()?;
    let login = Login::new(&args.connect, &args.lan)?.patient();
    let network = login.network;
    if !rooms.is_empty() && !network.features().rooms {
        return Err(no_rooms(network).into());
    }
    let mut stop = pin!(interrupted());
    let session = tokio::select! {
        opened = login.open() => opened?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    let partner = match login.known_partner().await {
        Ok(partner) => partner,
        Err(nobody) => {
            session.bye().await;
            return Err(nobody);
        }
    };
    let (screen, lines) = Screen::start()?;
    let view = View::for_stdout();
    let (news, told) = mpsc::channel(NEWS);
    let mut runner = Runner {
        chat: Chat::new(
            session.me.clone(),
            network,
            view.clone(),
            screen.is_terminal(),
        ),
        files: Files::new(news),
        login: &login,
        screen,
        view,
        since: Instant::now(),
        attempts: 0,
    };
    if let Some(partner) = partner {
        runner.chat.begin_with(partner);
    }
    let done = runner.run(session, &rooms, lines, told, stop).await;
    let failed = runner.chat.has_failed() && !runner.screen.is_terminal();
    runner.screen.close();
    done?;
    if failed {
        bail!("not everything was done; see above");
    }
    Ok(())
}

struct Runner<'a> {
    login: &'a Login,
    chat: Chat,
    files: Files,
    screen: Screen,
    view: View,
    /// When the connection was made.
    since: Instant,
    /// How often in a row it was lost or could not be made.
    attempts: u32,
}

/// What goes on after something was carried out.
enum Next {
    On,
    /// Goodbye, with words for the rooms.
    Quit(Option<Text>),
}

type Stop<'a, F> = Pin<&'a mut F>;

impl Runner<'_> {
    /// Connections, one after another, until the end.
    async fn run(
        &mut self,
        mut session: Session,
        rooms: &[RoomName],
        mut lines: mpsc::Receiver<Typed>,
        mut told: mpsc::Receiver<News>,
        mut stop: Stop<'_, impl Future<Output = ()>>,
    ) -> anyhow::Result<()> {
        let me = self.view.name(session.me.as_str());
        let place = self.login.place();
        self.note(&format!("* {me} {place}; /help lists the commands"))
            .await?;
        self.note(&format!("* {}", self.login.label())).await?;
        let mut first = self.chat.back(rooms);
        loop {
            let end = self.connected(&mut session, first, &mut lines, &mut told, stop.as_mut());
            match end.await {
                Ok(None) => {}
                Ok(Some(words)) => {
                    session.bye_with(words).await;
                    return Ok(());
                }
                Err(error) => {
                    session.bye().await;
                    return Err(error);
                }
            }
            match self.connect_again(&mut lines, stop.as_mut()).await? {
                Some(again) => session = again,
                None => return Ok(()),
            }
            self.note("* connected again").await?;
            first = self.chat.back(&[]);
        }
    }

    /// One connection's life: `None` when it is lost, the goodbye's words when it is enough.
    async fn connected(
        &mut self,
        session: &mut Session,
        first: Vec<Do>,
        lines: &mut mpsc::Receiver<Typed>,
        told: &mut mpsc::Receiver<News>,
        mut stop: Stop<'_, impl Future<Output = ()>>,
    ) -> anyhow::Result<Option<Option<Text>>> {
        let mut mail_ticks = interval_at(Instant::now() + mail::EVERY, mail::EVERY);
        mail_ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut progress_ticks = interval(PROGRESS);
        progress_ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut todo = first;
        let mut no_more_lines = false;
        // On the LAN others are found one by one: a script's first line may be for any of them.
        let found_by = Instant::now() + self.search_time();
        let mut is_early = true;
        loop {
            if let Next::Quit(words) = self.carry_out(todo, session).await? {
                return Ok(Some(words));
            }
            self.screen.update(&self.chat);
            let idle = self.chat.is_idle();
            if no_more_lines && idle && !self.chat.is_moving() {
                todo = self.chat.farewells();
                if todo.is_empty() {
                    return Ok(Some(None));
                }
                continue;
            }
            let partner_is_here = self.login.partner().is_some() && !self.chat.awaits_partner();
            is_early &= !partner_is_here;
            // A script's next line waits for the last one's answer; a person does as they like.
            let takes_lines = !no_more_lines && (self.screen.is_terminal() || (idle && !is_early));
            todo = tokio::select! {
                happening = session.next() => {
                    let lost = matches!(happening, Happening::Ended(_));
                    if let Happening::Reply(id, reply) = &happening {
                        self.files.answered(*id, reply);
                    }
                    let todo = self.chat.happen(happening);
                    if lost {
                        self.carry_out(todo, session).await?;
                        return Ok(None);
                    }
                    todo
                }
                typed = lines.recv(), if takes_lines => match typed {
                    Some(Typed::Line(line)) => self.chat.line(&line),
                    Some(Typed::Editing(is_text)) => self.chat.editing(is_text),
                    Some(Typed::Quit) => return Ok(Some(None)),
                    None => { no_more_lines = true; Vec::new() }
                },
                () = sleep_until(found_by), if is_early => {
                    is_early = false;
                    Vec::new()
                }
                Some(news) = told.recv() => self.sent(&news),
                _ = mail_ticks.tick() => self.chat.mail_time(),
                _ = progress_ticks.tick(), if self.files.is_busy() => {
                    let lines = self.files.progress(PROGRESS).into_iter();
                    lines.map(|line| Do::Show(self.view.dim(&line))).collect()
                }
                () = &mut stop => return Err(Interrupted.into()),
            };
        }
    }

    /// How long a script's lines wait for people to be found.
    fn search_time(&self) -> Duration {
        match (self.login.network, self.login.partner()) {
            // What a friend is told waits until they are here.
            (Network::Hub(_) | Network::Friends, _) => Duration::ZERO,
            (Network::Lan, Some(_)) => lan::FIND_LIMIT,
            (Network::Lan, None) => LOOK_AROUND,
        }
    }

    /// Does what the conversation wants done, and what comes of that.
    async fn carry_out(&mut self, todo: Vec<Do>, session: &mut Session) -> anyhow::Result<Next> {
        let mut todo = VecDeque::from(todo);
        while let Some(next) = todo.pop_front() {
            match next {
                Do::Ask(command, purpose) => self.ask(session, command, purpose).await,
                Do::Show(line) => self.screen.show(line).await?,
                Do::Ring => self.screen.ring().await?,
                Do::Quit(words) => return Ok(Next::Quit(words)),
                Do::Give(to, path) => match std::path::absolute(&path) {
                    Ok(path) => {
                        let give = Command::Give {
                            to: to.clone(),
                            path,
                        };
                        self.ask(session, give, Purpose::Offer(to)).await;
                    }
                    Err(error) => self.warn(&format!("cannot name the file: {error}")).await?,
                },
                Do::Progress(id, line) => self.files.tell(id, line),
                Do::Offer(to, path) => match self.files.prepare(to.clone(), &path, session.network)
                {
                    Ok(offer) => self.ask(session, offer, Purpose::Offer(to)).await,
                    Err(error) => self.warn(&format!("{error:#}")).await?,
                },
                Do::Accept(transfer, folder) => {
                    let opened = self.files.open(&transfer, folder.as_deref());
                    todo.extend(self.chat.accepted(&transfer, opened));
                }
                Do::Upload(transfer) => {
                    let (network, asker) = (session.network, session.asker());
                    if let Err(error) = self.files.upload(&transfer, network, asker) {
                        self.warn(&format!("cannot send: {error:#}")).await?;
                        self.chat.finished(transfer.id);
                    }
                }
                Do::Withdraw(transfer) => self.files.withdraw(&transfer),
                Do::Data(id, data, last) => match self.files.data(id, &data, last) {
                    Ok(None) => {}
                    Ok(Some(path)) => {
                        self.chat.finished(id);
                        let path = path.display().to_string();
                        self.note(&format!("* saved {}", visible(&path))).await?;
                    }
                    Err(error) => {
                        self.chat.finished(id);
                        self.warn(&format!("the file is not kept: {error}")).await?;
                        self.ask(session, Command::Cancel { id }, Purpose::Cancel)
                            .await;
                    }
                },
                Do::Stop(id) => self.files.stop(id),
                Do::ListFiles => {
                    for line in self.files.progress(Duration::ZERO) {
                        self.screen.show(line).await?;
                    }
                }
            }
        }
        Ok(Next::On)
    }

    async fn ask(&mut self, session: &mut Session, command: Command, purpose: Purpose) {
        // If the connection is over, that is what happens next.
        if let Ok(id) = session.start(command).await {
            self.chat.asked(id, purpose);
        }
    }

    fn sent(&mut self, news: &News) -> Vec<Do> {
        let (transfer, line) = match news {
            News::Sent(t) => {
                let line = format!(
                    "* sent {} to {}",
                    visible(t.name.as_str()),
                    visible(t.to.as_str())
                );
                (t, self.view.dim(&line))
            }
            News::Failed(t, reason) => {
                self.chat.fail();
                let line = format!("! {} is not sent: {reason}", visible(t.name.as_str()));
                (t, self.view.warning(&line))
            }
        };
        self.chat.finished(transfer.id);
        self.files.stop(transfer.id);
        vec![Do::Show(line)]
    }

    /// Tries until there is a connection; `None`: the person has enough.
    async fn connect_again(
        &mut self,
        lines: &mut mpsc::Receiver<Typed>,
        mut stop: Stop<'_, impl Future<Output = ()>>,
    ) -> anyhow::Result<Option<Session>> {
        if self.since.elapsed() >= GOOD_CONNECTION {
            self.attempts = 0;
        }
        loop {
            let pause = pause(self.attempts, rand::random());
            self.attempts += 1;
            self.note(&format!("* trying again in {:.0} s", pause.as_secs_f32()))
                .await?;
            let until = Instant::now() + pause;
            loop {
                self.screen.update(&self.chat);
                tokio::select! {
                    () = sleep_until(until) => break,
                    // What a script says next waits until there is somebody to hear it.
                    typed = lines.recv(), if self.screen.is_terminal() => match typed {
                        Some(Typed::Line(line)) if line.trim().starts_with("/quit") => return Ok(None),
                        Some(Typed::Line(_)) => self.warn("not connected; /quit leaves").await?,
                        Some(Typed::Editing(_)) => {}
                        Some(Typed::Quit) | None => return Ok(None),
                    },
                    () = &mut stop => return Err(Interrupted.into()),
                }
            }
            let opened = tokio::select! {
                opened = self.login.open() => opened,
                () = &mut stop => return Err(Interrupted.into()),
            };
            match opened {
                Ok(session) => {
                    self.since = Instant::now();
                    return Ok(Some(session));
                }
                Err(error) if error.is_passing() => self.warn(&error.to_string()).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.screen.show(self.view.dim(text)).await
    }

    async fn warn(&mut self, text: &str) -> anyhow::Result<()> {
        self.chat.fail();
        self.screen
            .show(self.view.warning(&format!("! {text}")))
            .await
    }
}

/// The pause before attempt number `attempts` (from 0): doubling, and shortened by up to a half at
/// random (`jitter`, 0 to 1), so that a hub that comes back is not met by everybody at once.
fn pause(attempts: u32, jitter: f64) -> Duration {
    let doubled = FIRST_PAUSE
        .saturating_mul(1 << attempts.min(10))
        .min(LAST_PAUSE);
    doubled.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_a_minute_and_are_spread() {
        let longest: Vec<_> = (0..8).map(|n| pause(n, 0.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(pause(u32::MAX, 0.0), LAST_PAUSE);
        assert_eq!(pause(1, 1.0), Duration::from_secs(1));
        assert!(pause(3, 0.5) < pause(3, 0.4));
    }
}
