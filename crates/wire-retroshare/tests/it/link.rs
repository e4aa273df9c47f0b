//! Links to files.

use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::link::{FileLink, LINK_LIMIT, LinkError, MAX_LINKS, find_links};

const HASH: &str = "7454b93cdfa13d93b1dcaba02e3d4ba929b6e11d";

// [RS-20]
#[test]
fn a_link_is_written_percent_encoded() {
    let link = FileLink {
        name: "Grüße & more.txt".into(),
        size: 5_500_000,
        hash: HASH.parse().unwrap(),
    };
    let text =
        format!("retroshare://file?name=Gr%C3%BC%C3%9Fe%20%26%20more.txt&size=5500000&hash={HASH}");
    assert_eq!(link.to_string(), text);
    assert_eq!(FileLink::parse(&text), Ok(link));
}

// [RS-20]
#[rstest]
#[case::another_order("retroshare://file?hash={hash}&name=a&size=1")]
#[case::escaped_for_html("retroshare://file?name=a&amp;size=1&amp;hash={hash}")]
#[case::with_a_slash("retroshare://file/?name=a&size=1&hash={hash}")]
#[case::with_something_else("retroshare://file?name=a&x=y&size=1&hash={hash}&z")]
#[case::with_white_space(" retroshare://file?name=a&size=1&hash={hash}\n")]
fn what_other_programs_write_is_read(#[case] text: &str) {
    let link = FileLink::parse(&text.replace("{hash}", HASH)).unwrap();
    assert_eq!((link.name.as_str(), link.size), ("a", 1));
    assert_eq!(link.hash.to_string(), HASH);
}

// [RS-20] [RS-22]
#[rstest]
#[case::nothing("", LinkError::NotALink)]
#[case::a_page("https://example.org/", LinkError::NotALink)]
#[case::a_person("retroshare://person?name=a", LinkError::NotALink)]
#[case::no_name("retroshare://file?size=1&hash={hash}", LinkError::Missing("name"))]
#[case::an_empty_name(
    "retroshare://file?name=&size=1&hash={hash}",
    LinkError::Missing("name")
)]
#[case::no_size("retroshare://file?name=a&hash={hash}", LinkError::Missing("size"))]
#[case::no_hash("retroshare://file?name=a&size=1", LinkError::Missing("hash"))]
#[case::size("retroshare://file?name=a&size=-1&hash={hash}", LinkError::Size)]
#[case::large(
    "retroshare://file?name=a&size=18446744073709551616&hash={hash}",
    LinkError::Size
)]
#[case::hash("retroshare://file?name=a&size=1&hash={hash}0", LinkError::Hash)]
fn what_is_no_link_is_told_apart(#[case] text: &str, #[case] error: LinkError) {
    assert_eq!(FileLink::parse(&text.replace("{hash}", HASH)), Err(error));
}

// [RS-22]
#[test]
fn a_link_has_a_limit() {
    let link = format!(
        "retroshare://file?name={}&size=1&hash={HASH}",
        "a".repeat(LINK_LIMIT)
    );
    assert_eq!(FileLink::parse(&link), Err(LinkError::TooLong));
    assert_eq!(find_links(&link), []);
}

// [RS-20] [RS-11]
#[rstest]
#[case::alone("{}")]
#[case::in_a_sentence("Look at {}, it is good.")]
#[case::at_its_end("Look at {}.")]
#[case::in_brackets("Look (at {}).")]
#[case::in_html("<a href=\"{html}\">a</a>")]
#[case::in_html_twice("<p><a href='{html}'>{html}</a></p>")]
#[case::after_a_broken_one("retroshare://file?name= retroshare://x {}")]
#[case::twice("{} {}")]
fn a_link_is_found_in_a_text(#[case] pattern: &str) {
    let link = FileLink {
        name: "it's (a) file.txt".into(),
        size: 1,
        hash: HASH.parse().unwrap(),
    };
    let bare = link.to_string();
    let text = pattern
        .replace("{html}", &bare.replace('&', "&amp;"))
        .replace("{}", &bare);
    assert_eq!(find_links(&text), [link]);
}

// [RS-20]
#[test]
fn an_apostrophe_in_a_name_does_not_end_a_link() {
    let text = format!("see retroshare://file?name=it's&size=1&hash={HASH}");
    assert_eq!(find_links(&text)[0].name, "it's");
}

// [RS-22]
#[test]
fn no_more_links_are_found_than_the_limit() {
    let text: String = (0..MAX_LINKS + 50)
        .map(|i| format!("retroshare://file?name=a&size={i}&hash={HASH} "))
        .collect();
    let found = find_links(&text);
    assert_eq!(found.len(), MAX_LINKS);
    assert!(found.iter().zip(0..).all(|(link, i)| link.size == i));
}

proptest! {
    // [RS-20]
    #[test]
    fn links_survive_being_text(name in ".{1,200}", size in any::<u64>(), hash in any::<[u8; 20]>()) {
        let hash = wire_retroshare::FileHash::from_bytes(hash);
        let link = FileLink { name, size, hash };
        prop_assert_eq!(FileLink::parse(&link.to_string()), Ok(link.clone()));
        prop_assert_eq!(find_links(&format!("see {link}!")), [link]);
    }
}
