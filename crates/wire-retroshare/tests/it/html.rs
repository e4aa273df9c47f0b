//! The rich text of other programs.

use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::html::{WRAPPING, from_text, is_html, to_text};

// [RS-11]
#[rstest]
#[case("")]
#[case("hello")]
#[case("  two  spaces \n\n and lines\t")]
#[case("a < b")]
#[case("a<b && b>c")]
#[case("1 <2> 3")]
#[case("<")]
#[case("<>")]
#[case("</>")]
#[case("I <3 you")]
#[case("Vec<u8>")]
#[case("#include <stdio.h>")]
#[case("AT&T; R&D &; &#; &#x; &unknown; &#+5; &")]
#[case("<unclosed")]
#[case("<b")]
#[case("<!-- no end")]
fn plain_text_stays_as_it_is(#[case] text: &str) {
    assert!(!is_html(text));
    assert_eq!(to_text(text), text);
}

// [RS-11]
#[rstest]
#[case::bold("<b>bold</b> and <i class=\"x\">more</i>", "bold and more")]
#[case::case("<B>bold</B><Br>x", "bold\nx")]
#[case::line("a<br>b<br/>c<br />d", "a\nb\nc\nd")]
#[case::paragraphs("<p>a</p><p>b</p>", "a\nb")]
#[case::empty_paragraph("<p>a</p><p><br /></p><p>b</p>", "a\n\nb")]
#[case::divisions("<div>a<div>b</div></div>c", "a\nb\nc")]
#[case::spaces("<p>a\n   b\tc </p>\n<p> d</p>", "a b c\nd")]
#[case::kept_spaces("<p>a&nbsp;&nbsp;b&#160;</p>", "a  b ")]
#[case::pre("<pre>a\n  b</pre>c", "a\n  b\nc")]
#[case::items("<ul><li>a</li><li>b</li></ul>", "- a\n- b")]
#[case::table(
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
    "a b\nc"
)]
#[case::entities(
    "<p>&lt;b&gt; &amp;amp; &quot;&apos;&#65;&#x42;&euro;</p>",
    "<b> &amp; \"'AB€"
)]
#[case::escaped_only("a &lt; b\n  &amp; c", "a < b\n  & c")]
#[case::head(
    "<html><head><title>t</title><style>p { }</style></head><body>x</body></html>",
    "x"
)]
#[case::style(
    "<style type=\"text/css\">p, li { white-space: pre-wrap; }</style><p>x</p>",
    "x"
)]
#[case::script("a<script>alert('<b>')</script>b", "ab")]
#[case::head_without_end("<head><meta charset=\"utf-8\"/><body>x", "x")]
#[case::comment("<b>a</b><!-- <p>no</p> -->b", "ab")]
#[case::doctype("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0//EN\"><p>a", "a")]
#[case::link(
    "<a href=\"http://e.org/?a=1&amp;b=2\">here</a> it is",
    "here (http://e.org/?a=1&b=2) it is"
)]
#[case::bare_link("see <a href='http://e.org'>http://e.org</a>!", "see http://e.org!")]
#[case::link_without_text("<a href=http://e.org></a>", "http://e.org")]
#[case::link_without_end("<a href=\"x:y\">z", "z (x:y)")]
#[case::place("<a name=\"top\">a</a><a href=\"#top\">b</a>", "ab")]
#[case::file_link(
    "<a href=\"retroshare://file?name=a&amp;size=1\">a (1 B)</a>",
    "a (1 B) (retroshare://file?name=a&size=1)"
)]
#[case::image(
    "<p>see<img src=\"data:image/png;base64,AAAA\" />this</p>",
    "see[image]this"
)]
#[case::unknown_tag("<p>a<o:p>b</o:p><font color=\"#ff0000\">c</font></p>", "abc")]
#[case::lone_less("<p>a < b and c<d</p>", "a < b and c<d")]
#[case::control(
    "<p>&#27;[31m&#0;&#7;&#1114112;&#xd800;</p>",
    "\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
)]
fn html_is_read_as_text(#[case] html: &str, #[case] text: &str) {
    if html.contains("&lt; b\n") {
        assert!(!is_html(html));
    } else {
        assert!(is_html(html));
    }
    assert_eq!(to_text(html), text);
}

/// What the editor of RetroShare's own window makes of two lines.
// [RS-11]
#[test]
fn the_html_of_a_real_window_is_read() {
    let html = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0//EN\" \
        \"http://www.w3.org/TR/REC-html40/strict.dtd\">\n\
        <html><head><meta name=\"qrichtext\" content=\"1\" /><style type=\"text/css\">\n\
        p, li { white-space: pre-wrap; }\n</style></head>\
        <body style=\" font-family:'Sans'; font-size:10pt;\">\n\
        <p style=\" margin-top:0px; -qt-block-indent:0;\">Hello <span style=\" font-weight:600;\">\
        Bob</span> &amp; all</p>\n\
        <p style=\"-qt-paragraph-type:empty; margin-top:0px;\"><br /></p>\n\
        <p style=\" margin-top:0px;\">second line</p></body></html>";
    assert_eq!(to_text(html), "Hello Bob & all\n\nsecond line");
}

// [RS-11]
#[rstest]
#[case("hello\n  you", "hello\n  you")]
#[case("1 > 0", "1 > 0")]
#[case("a < b", "<body>a &lt; b</body>")]
#[case("<b>&\n  x", "<body>&lt;b&gt;&amp;<br/>&#160;&#160;x</body>")]
fn our_text_is_escaped_where_it_could_be_taken_for_html(#[case] text: &str, #[case] sent: &str) {
    assert_eq!(from_text(text), sent);
    assert_eq!(to_text(sent), text);
}

/// Each of these would be slow for a reader that looks ahead again and again.
// [RS-22]
#[rstest]
#[case("<")]
#[case("<b")]
#[case("<b ")]
#[case("<b>")]
#[case("<!--")]
#[case("<a href=\"")]
#[case("<a href=x>")]
#[case("<p>")]
#[case("</p>")]
#[case("<br>")]
#[case("<pre>")]
#[case("<style>")]
#[case("&")]
#[case("&#")]
#[case("&amp;")]
#[case(" ")]
fn a_million_of_anything_is_read(#[case] piece: &str) {
    let text = piece.repeat(1_000_000 / piece.len());
    for text in [text.clone(), format!("<p>{text}")] {
        let plain = to_text(&text);
        assert!(plain.len() <= text.len());
    }
}

proptest! {
    // [RS-11]
    #[test]
    fn what_we_send_is_read_as_it_was(text in "(<|>|&|;|#|a|p|br|/| |\t|\n|\r|\u{a0}|ä|.){0,60}") {
        let sent = from_text(&text);
        prop_assert!(sent.len() <= 6 * text.len() + WRAPPING);
        prop_assert_eq!(to_text(&sent), text);
    }

    // [RS-11] [RS-22]
    #[test]
    fn no_text_grows_or_panics(
        text in "(<|>|&|;|amp|#|x41|a|p|pre|br|li|img| src=| href=|\"|'|/|!--|-->|style| |\n|ä|.){0,80}"
    ) {
        let plain = to_text(&text);
        prop_assert!(plain.len() <= text.len());
    }
}

// [RS-11] [RS-22]
#[test]
fn no_entity_turns_the_direction_of_the_text() {
    let turning = [0x61c, 0x200e, 0x200f]
        .into_iter()
        .chain(0x202a..=0x202e)
        .chain(0x2066..=0x2069);
    for code in turning {
        for entity in [format!("&#x{code:x};"), format!("&#{code};")] {
            let text = format!("<p>a{entity}gpj.exe</p>");
            assert_eq!(to_text(&text), "a\u{fffd}gpj.exe", "{entity}");
        }
    }
    // Those beside them are letters like others.
    assert_eq!(
        to_text("<p>&#x2010;&#x2029;&#x2065;</p>"),
        "\u{2010}\u{2029}\u{2065}"
    );
}
