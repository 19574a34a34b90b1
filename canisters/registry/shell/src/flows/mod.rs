//! Stories over several messages. The registry calls nobody, so it has none: every verb is decided
//! and written in the message that brings it.
