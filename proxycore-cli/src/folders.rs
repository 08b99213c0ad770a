//! A list put together folder by folder, so that what is done with a folder can begin while others
//! are still listed, and memory does not grow with their number.

use std::collections::HashSet;

use proxycore::storage::ObjectMeta;
use proxycore::{Error, Result};

type Object = (String, ObjectMeta);

/// The folders of a list that are not yet whole: one, and those that it lies in.
#[derive(Debug, Default)]
pub struct Folders {
    open: Vec<(String, Vec<Object>)>,
    done: HashSet<String>,
}

impl Folders {
    /// Takes the next object of a list, and gives the folders that are whole with that: those that it
    /// does not lie below.
    ///
    /// # Errors
    /// A list that comes back to a folder that was whole, for its sequences would be torn apart.
    pub fn push(&mut self, key: String, meta: ObjectMeta) -> Result<Vec<Vec<Object>>> {
        let folder = key[..key.rfind('/').map_or(0, |slash| slash + 1)].to_owned();
        if self.done.contains(&folder) {
            let what = "is listed out of order, so that sequences cannot be told; make each frame \
                        by itself (`--each`)";
            return Err(Error::invalid("source", what).at(folder));
        }
        let mut whole = Vec::new();
        while let Some((open, objects)) = self.open.pop_if(|(open, _)| !folder.starts_with(&**open))
        {
            self.done.insert(open);
            whole.push(objects);
        }
        match self.open.last_mut() {
            Some((open, objects)) if *open == folder => objects.push((key, meta)),
            _ => self.open.push((folder, vec![(key, meta)])),
        }
        Ok(whole)
    }

    /// Gives those that are left, once the list has ended.
    pub fn finish(self) -> impl Iterator<Item = Vec<Object>> {
        self.open.into_iter().rev().map(|(_, objects)| objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(keys: &[&str]) -> Result<Vec<Vec<String>>> {
        let mut folders = Folders::default();
        let mut whole = Vec::new();
        for key in keys {
            whole.extend(folders.push((*key).to_owned(), ObjectMeta::default())?);
        }
        whole.extend(folders.finish());
        let names = |objects: Vec<Object>| objects.into_iter().map(|(key, _)| key).collect();
        Ok(whole.into_iter().map(names).collect())
    }

    #[test]
    fn a_folder_is_whole_once_the_list_has_left_it() {
        let keys = ["a/1", "a/2", "a/b/1", "a/b/c/1", "a/d", "b/1", "c"];
        let whole = listed(&keys).unwrap();
        assert_eq!(whole, [&["a/b/c/1"][..], &["a/b/1"], &["a/1", "a/2", "a/d"], &["b/1"], &["c"]]);
        assert!(listed(&[]).unwrap().is_empty());
    }

    #[test]
    fn folders_of_like_names_are_not_each_others() {
        assert_eq!(listed(&["a/1", "ab/1", "ab/2"]).unwrap().len(), 2);
    }

    #[test]
    fn a_list_that_goes_back_is_an_error() {
        let error = listed(&["a/1", "b/1", "a/2"]).unwrap_err();
        assert!(error.to_string().contains("--each"), "{error}");
    }
}
