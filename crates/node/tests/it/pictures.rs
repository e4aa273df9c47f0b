//! Where pictures lie. How they are stored is tested beside the code.

use std::path::Path;

use node::lan::pictures;

#[test]
fn only_a_hash_names_a_file() {
    // [LAN-31] [LAN-48]
    let folder = Path::new("/nowhere");
    let hash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    assert_eq!(
        pictures::path(folder, hash).unwrap(),
        folder.join("pictures").join(hash)
    );
    for bad in [
        "",
        "../key.pem",
        "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "da39a3ee5e6b4b0d3255bfef95601890afd8070",
        "da39a3ee5e6b4b0d3255bfef95601890afd807090",
        "../../../../../../../../../../etc/passwd",
        "da39a3ee5e6b4b0d3255bfef95601890afd8070\u{e9}",
    ] {
        assert_eq!(pictures::path(folder, bad), None, "{bad:?}");
    }
}
