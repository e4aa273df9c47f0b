//! The people of a conversation without rooms: who is here, who is written to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Contact, UserName};

use crate::client::escape::visible;
use crate::client::lan::is_same;

/// What a notice about somebody means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// They were not here before.
    Came,
    /// They tell something else about how they are, or what they are called.
    Changed,
    /// Nothing that people have to know.
    Same,
}

/// The people.
#[derive(Debug, Default)]
pub(super) struct People {
    here: BTreeMap<UserName, Arc<Contact>>,
    /// Whom lines go to.
    current: Option<UserName>,
    /// Who has been shown to be typing since they said something: that is shown once.
    typing: BTreeSet<UserName>,
    /// Who was written to.
    spoken: BTreeSet<UserName>,
    /// Who was told that we are typing.
    watched: Option<UserName>,
}

impl People {
    /// Everybody, in the order of their names.
    pub(super) fn here(&self) -> impl Iterator<Item = &Contact> {
        self.here.values().map(|contact| &**contact)
    }

    /// Whom lines go to.
    pub(super) fn current(&self) -> Option<&UserName> {
        self.current.as_ref()
    }

    /// Whether the one whom lines go to is still to be found.
    pub(super) fn awaits_current(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|name| !self.here.contains_key(name))
    }

    /// Lines go to `name` from now on.
    pub(super) fn turn_to(&mut self, name: UserName) {
        self.current = Some(name);
    }

    /// Somebody is here, or tells something new.
    pub(super) fn meet(&mut self, contact: Arc<Contact>) -> Notice {
        // Somebody may have been asked for in other capitals than they use themselves.
        if let Some(current) = self.current.as_mut().filter(|c| is_same(c, &contact.name)) {
            *current = contact.name.clone();
        }
        let told = |contact: &Contact| (contact.shown.clone(), contact.presence.clone());
        let now = told(&contact);
        match self.here.insert(contact.name.clone(), contact) {
            None => Notice::Came,
            Some(before) if told(&before) != now => Notice::Changed,
            Some(_) => Notice::Same,
        }
    }

    /// Somebody is no longer here. Lines go on to them: they may come back, and until then the
    /// network says that they are gone.
    pub(super) fn part(&mut self, name: &UserName) -> bool {
        self.typing.remove(name);
        self.here.remove(name).is_some()
    }

    /// Nobody is known to be here any more.
    pub(super) fn forget(&mut self) {
        self.here.clear();
        self.typing.clear();
        self.spoken.clear();
        self.watched = None;
    }

    /// Somebody has said something; the first one is written to.
    pub(super) fn heard(&mut self, from: &UserName) {
        self.typing.remove(from);
        self.current.get_or_insert_with(|| from.clone());
    }

    /// Whether it is news that somebody is typing.
    pub(super) fn types(&mut self, from: &UserName) -> bool {
        self.here.contains_key(from) && self.typing.insert(from.clone())
    }

    /// Something is said to `to`: that ends our typing.
    pub(super) fn said(&mut self, to: &UserName) {
        self.typing.remove(to);
        self.spoken.insert(to.clone());
        if self.watched.as_ref() == Some(to) {
            self.watched = None;
        }
    }

    /// All that were written to; asked once.
    pub(super) fn take_spoken(&mut self) -> BTreeSet<UserName> {
        std::mem::take(&mut self.spoken)
    }

    /// The line being edited holds a text, or no longer: who is to know.
    pub(super) fn editing(&mut self, is_text: bool) -> Option<UserName> {
        if is_text {
            self.watched = self
                .current
                .clone()
                .filter(|name| self.here.contains_key(name));
            self.watched.clone()
        } else {
            self.watched.take()
        }
    }

    /// Whom a line without a name is for.
    ///
    /// # Errors
    /// Nobody in particular; the sentence says what to do.
    pub(super) fn partner(&self) -> Result<UserName, String> {
        let mut here = self.here.keys();
        match (&self.current, here.next(), here.next()) {
            (Some(current), ..) => Ok(current.clone()),
            (None, Some(only), None) => Ok(only.clone()),
            (None, None, _) => Err("nobody is here yet; who comes is shown".into()),
            (None, Some(_), Some(_)) => Err(
                "say to whom: /to USER and then just write, or /msg USER TEXT (/who lists who is \
                 here)"
                    .into(),
            ),
        }
    }

    /// The person whom somebody means by `typed`: the whole name, or what is before its `@` where
    /// that is enough.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub(super) fn find(&self, typed: &UserName) -> Result<UserName, String> {
        if self.here.contains_key(typed) {
            return Ok(typed.clone());
        }
        let same = self.here.keys().find(|name| is_same(name, typed));
        if let Some(name) = same.or(self.current.as_ref().filter(|c| is_same(c, typed))) {
            return Ok(name.clone());
        }
        let user = |name: &&UserName| {
            let user = name.as_str().rsplit_once('@').map(|(user, _)| user);
            user.is_some_and(|user| user.eq_ignore_ascii_case(typed.as_str()))
        };
        let mut alike = self.here.keys().filter(user);
        let shown = visible(typed.as_str());
        match (alike.next(), alike.next()) {
            (Some(name), None) => Ok(name.clone()),
            (Some(one), Some(other)) => Err(format!(
                "{shown} can be {} or {}; write the whole name",
                visible(one.as_str()),
                visible(other.as_str())
            )),
            (None, _) => Err(format!(
                "nobody called {shown} is here; /who lists who is (a name with blanks stands in \
                 \"quotes\")"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Presence;

    use super::*;

    fn name(raw: &str) -> UserName {
        UserName::foreign(raw).unwrap()
    }

    fn contact(raw: &str) -> Arc<Contact> {
        Arc::new(Contact {
            name: name(raw),
            shown: None,
            presence: Presence::default(),
            jid: None,
            email: None,
            picture: None,
        })
    }

    fn people(names: &[&str]) -> People {
        let mut people = People::default();
        for name in names {
            assert_eq!(people.meet(contact(name)), Notice::Came);
        }
        people
    }

    #[test]
    fn a_line_without_a_name_goes_to_the_only_one_or_the_chosen_one() {
        // [LAN-50]
        assert!(people(&[]).partner().unwrap_err().contains("nobody"));
        assert_eq!(people(&["bob@box"]).partner(), Ok(name("bob@box")));
        let mut two = people(&["bob@box", "carl@box"]);
        assert!(two.partner().unwrap_err().contains("/to USER"));
        two.heard(&name("carl@box"));
        assert_eq!(two.partner(), Ok(name("carl@box")));
        two.heard(&name("bob@box"));
        assert_eq!(two.partner(), Ok(name("carl@box")), "the first one stays");
        two.turn_to(name("bob@box"));
        assert_eq!(two.partner(), Ok(name("bob@box")));
        assert!(two.part(&name("bob@box")) && two.awaits_current());
        assert_eq!(two.partner(), Ok(name("bob@box")), "nobody else gets it");
    }

    #[test]
    fn people_are_found_by_their_name_or_the_part_before_the_at() {
        // [LAN-15]
        let people = people(&["bob smith@a", "Carl@a", "dan@a", "dan@b", "solo"]);
        for (typed, found) in [
            ("bob smith@a", "bob smith@a"),
            ("bob smith", "bob smith@a"),
            ("carl@A", "Carl@a"),
            ("CARL", "Carl@a"),
            ("solo", "solo"),
        ] {
            assert_eq!(people.find(&name(typed)), Ok(name(found)), "{typed}");
        }
        assert!(
            people
                .find(&name("dan"))
                .unwrap_err()
                .contains("dan@a or dan@b")
        );
        assert!(people.find(&name("eve")).unwrap_err().contains("nobody"));
        assert!(people.find(&name("bo")).is_err(), "no guessing");
    }

    #[test]
    fn only_what_people_have_to_know_is_news() {
        let mut people = people(&["bob@box"]);
        assert_eq!(people.meet(contact("bob@box")), Notice::Same);
        let mut picture = Contact::clone(&contact("bob@box"));
        picture.picture = Some("00".into());
        assert_eq!(people.meet(Arc::new(picture.clone())), Notice::Same);
        picture.shown = Some("Bob".into());
        assert_eq!(people.meet(Arc::new(picture)), Notice::Changed);
        assert!(people.part(&name("bob@box")) && !people.part(&name("bob@box")));
    }

    #[test]
    fn typing_is_told_to_the_one_who_is_written_to_and_ends_with_the_message() {
        // [LAN-44]
        let mut people = people(&["bob@box"]);
        assert_eq!(people.editing(true), None, "nobody is chosen");
        people.turn_to(name("bob@box"));
        assert_eq!(people.editing(true), Some(name("bob@box")));
        assert_eq!(people.editing(false), Some(name("bob@box")));
        people.editing(true);
        people.said(&name("bob@box"));
        assert_eq!(people.editing(false), None, "the message has ended it");
        assert!(people.types(&name("bob@box")) && !people.types(&name("bob@box")));
        people.heard(&name("bob@box"));
        assert!(people.types(&name("bob@box")));
        assert!(!people.types(&name("eve@box")), "a stranger's is not shown");
    }
}
