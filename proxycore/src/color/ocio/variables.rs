//! Context variables (`$SHOT`), put into the texts that name them.
//!
//! The crate puts values into values up to 33 times, so that a variable that stands for twice itself
//! asks for all memory. Here the same is done with a limit; what comes of it also tells which
//! values decide about pixels.

use ocio::Context;

/// The longest text that may come of it, in bytes.
const LONGEST: usize = 1 << 20;

/// Bytes of text times variables: the work of one round.
const MOST_WORK: usize = 1 << 26;

/// How often the crate goes on.
const ROUNDS: usize = 33;

/// Puts values in place of names, as often as the crate would.
pub(super) fn resolve(text: &str, context: &Context) -> Result<String, String> {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        if !text.contains(['$', '%']) {
            break;
        }
        let before = text.clone();
        for (name, value) in context.string_vars() {
            for token in [format!("${{{name}}}"), format!("${name}"), format!("%{name}%")] {
                text = replace(text, &token, value, context.num_string_vars())?;
            }
        }
        if text == before {
            break;
        }
    }
    Ok(text)
}

fn replace(text: String, token: &str, value: &str, variables: usize) -> Result<String, String> {
    let grown = text.matches(token).count().saturating_mul(value.len());
    if text.len().saturating_add(grown) > LONGEST || text.len() > MOST_WORK / variables.max(1) {
        return Err(format!("its variables grow to more than {LONGEST} bytes"));
    }
    Ok(if text.contains(token) { text.replace(token, value) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(variables: &[(&str, &str)]) -> Context {
        let mut context = Context::new();
        variables.iter().for_each(|(name, value)| context.set_string_var(name, Some(value)));
        context
    }

    #[test]
    fn values_are_those_that_the_crate_finds() {
        let context = context(&[("SHOT", "sh010"), ("SEQ", "sq_$SHOT"), ("LOOP", "$LOOP")]);
        for text in ["luts/$SEQ/${SHOT}.cube", "%SHOT%", "100%", "$LOOP", "$NONE", "plain"] {
            assert_eq!(resolve(text, &context).unwrap(), context.resolve_string_var(text));
        }
    }

    #[test]
    fn a_variable_that_doubles_itself_is_refused() {
        let why = resolve("$A", &context(&[("A", "$A$A")])).unwrap_err();
        assert_eq!(why, "its variables grow to more than 1048576 bytes");
    }
}
