//! Metadata sections of a Wasm module: `icp:public <name>`, readable by anyone on the network.

use crate::BuildError;

/// The network refuses a module whose metadata names and contents exceed this many bytes.
const METADATA_BYTES_MAX: usize = 1 << 20;
const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
const CUSTOM_SECTION: u8 = 0;

/// The module with `sections` (name without the `icp:public ` prefix, contents) appended; a
/// section that is already there is replaced.
///
/// Fails when `module` is not a Wasm module, or when the sections would exceed what the network
/// accepts.
pub fn with_public_sections(
    module: &[u8],
    sections: &[(&str, Vec<u8>)],
) -> Result<Vec<u8>, BuildError> {
    let named: Vec<(String, &[u8])> = sections
        .iter()
        .map(|(name, content)| (format!("icp:public {name}"), content.as_slice()))
        .collect();
    let size: usize = named.iter().map(|(name, content)| name.len() + content.len()).sum();
    if size > METADATA_BYTES_MAX {
        return Err(BuildError::Module(format!(
            "the metadata sections take {size} bytes, and the network accepts {METADATA_BYTES_MAX}"
        )));
    }
    let mut output = without_sections(module, &named)?;
    for (name, content) in &named {
        let mut body = leb128(name.len());
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(content);
        output.push(CUSTOM_SECTION);
        output.extend_from_slice(&leb128(body.len()));
        output.extend_from_slice(&body);
    }
    Ok(output)
}

/// A copy of the module without the custom sections of these names.
fn without_sections(module: &[u8], named: &[(String, &[u8])]) -> Result<Vec<u8>, BuildError> {
    let malformed = || BuildError::Module("the compiler's output is not a Wasm module".to_owned());
    let mut rest = module.strip_prefix(&HEADER).ok_or_else(malformed)?;
    let mut output = HEADER.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, body) = read_leb128(after_id).ok_or_else(malformed)?;
        let (body, next) = body.split_at_checked(size).ok_or_else(malformed)?;
        let replaced = id == CUSTOM_SECTION && {
            let (length, text) = read_leb128(body).ok_or_else(malformed)?;
            let name = text.get(..length).ok_or_else(malformed)?;
            named.iter().any(|(wanted, _)| wanted.as_bytes() == name)
        };
        if !replaced {
            let length = rest.len() - next.len();
            output.extend_from_slice(&rest[..length]);
        }
        rest = next;
    }
    Ok(output)
}

fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit a byte");
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one type section and one custom section `icp:public v` = "old".
    fn module() -> Vec<u8> {
        let mut module = HEADER.to_vec();
        module.extend_from_slice(&[1, 4, 1, 0x60, 0, 0]);
        module.extend_from_slice(&[0, 16, 12]);
        module.extend_from_slice(b"icp:public vold");
        module
    }

    #[test]
    fn appends_and_replaces() {
        let long = vec![b'x'; 300];
        let written =
            with_public_sections(&module(), &[("v", b"new".to_vec()), ("long", long.clone())])
                .expect("a module");
        let mut expected = HEADER.to_vec();
        expected.extend_from_slice(&[1, 4, 1, 0x60, 0, 0]);
        expected.extend_from_slice(&[0, 16, 12]);
        expected.extend_from_slice(b"icp:public vnew");
        // 1 + 15 + 300 = 316 = 0b10_0111100
        expected.extend_from_slice(&[0, 0xbc, 0x02, 15]);
        expected.extend_from_slice(b"icp:public long");
        expected.extend_from_slice(&long);
        assert_eq!(written, expected);
    }

    #[test]
    fn refuses_what_is_not_wasm_and_what_is_too_large() {
        assert!(with_public_sections(b"MZ", &[]).is_err());
        let mut cut = module();
        cut.pop();
        assert!(with_public_sections(&cut, &[]).is_err(), "a section that ends early");
        let huge = vec![0; METADATA_BYTES_MAX];
        let refusal = with_public_sections(&module(), &[("x", huge)]).expect_err("too large");
        assert!(refusal.to_string().contains("the network accepts 1048576"), "{refusal}");
    }
}
