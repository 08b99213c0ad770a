//! The table of `docs/formats.md` against the table of decoders.

use proxycore::decode::DECODERS;

#[test]
fn the_documented_formats_are_those_that_are_read() {
    let page = include_str!("../../../docs/formats.md");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let documented: Vec<_> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| (cells(line)[1].clone(), cells(line)[2].clone()))
        .collect();
    let read: Vec<_> = DECODERS
        .iter()
        .map(|decoder| (decoder.format().to_owned(), decoder.extensions().join(", ")))
        .collect();
    let sorted = |mut rows: Vec<(String, String)>| {
        rows.sort();
        rows
    };
    assert_eq!(sorted(documented), sorted(read));
}
