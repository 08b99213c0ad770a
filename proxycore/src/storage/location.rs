//! Where an object is, as people and file rules name it.

/// A file's absolute path, or the whole URL of any other object: what file rules look at.
pub(crate) fn location(uri: &str) -> String {
    match uri.strip_prefix("file://") {
        Some(path) => decoded(path),
        None => uri.to_owned(),
    }
}

/// Undoes the `%XX` of a URL's path.
pub(super) fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_paths_and_objects_urls() {
        assert_eq!(location("file:///plates/%C3%A9t%C3%A9%2001/b.exr"), "/plates/été 01/b.exr");
        assert_eq!(location("s3://plates/a%20b.exr"), "s3://plates/a%20b.exr");
    }
}
