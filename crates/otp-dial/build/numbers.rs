//! Reads libphonenumber's metadata, `numbers/metadata.bin`, and sorts them by calling code: a number needs those of its own
//! alone, and reading all of them was the greater part of a cold start. What only matters for writing a number is left out.
//!
//! They are a `PhoneMetadataCollection` in the binary form of Protocol Buffers.
//! <https://protobuf.dev/programming-guides/encoding/>

use std::collections::BTreeMap;

/// Fields of `PhoneMetadataCollection`, `PhoneMetadata` and `PhoneNumberDesc`.
const METADATA: u64 = 1;
const ID: u64 = 9;
const COUNTRY_CODE: u64 = 10;
const EXAMPLE_NUMBER: u64 = 6;
/// How numbers are written, and types of numbers that nobody is called at and `get_number_type` doesn't know.
const LEFT_OUT: [u64; 8] = [19, 20, 24, 27, 29, 30, 31, 33];
/// The types of numbers: `PhoneNumberDesc` messages.
const TYPES: [u64; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 21, 25, 28];

/// The numbers of one calling code.
#[derive(Default)]
struct Plan {
    /// Its countries by ISO 3166-1; `001` for none.
    regions: Vec<String>,
    /// A `PhoneMetadataCollection`.
    metadata: Vec<u8>,
}

/// A field as it stands in a message.
struct Field<'a> {
    number: u64,
    value: Value<'a>,
    /// All of it.
    bytes: &'a [u8],
}

enum Value<'a> {
    Bytes(&'a [u8]),
    Number(u64),
}

/// The metadata in the order of their calling codes, and the Rust code that says where those of each are.
pub(crate) fn plans(metadata: &[u8]) -> Result<(Vec<u8>, String), String> {
    let mut plans = BTreeMap::<u64, Plan>::new();
    for field in fields(metadata)? {
        let (METADATA, Value::Bytes(message)) = (field.number, field.value) else { return Err("no metadata".into()) };
        let (mut code, mut region, mut kept) = (None, None, Vec::new());
        for field in fields(message)? {
            match (field.number, &field.value) {
                (COUNTRY_CODE, Value::Number(number)) => code = Some(*number),
                (ID, Value::Bytes(id)) => region = Some(String::from_utf8_lossy(id).into_owned()),
                _ => {}
            }
            match field.value {
                _ if LEFT_OUT.contains(&field.number) => {}
                Value::Bytes(desc) if TYPES.contains(&field.number) => {
                    let desc = fields(desc)?.into_iter().filter(|field| field.number != EXAMPLE_NUMBER);
                    put(&mut kept, field.number, &desc.flat_map(|field| field.bytes).copied().collect::<Vec<_>>());
                }
                _ => kept.extend_from_slice(field.bytes),
            }
        }
        let plan = plans.entry(code.ok_or("a region has no calling code")?).or_default();
        plan.regions.push(region.ok_or("a region has no id")?);
        put(&mut plan.metadata, METADATA, &kept);
    }
    let (mut all, mut code) = (Vec::new(), Vec::new());
    for (calling_code, Plan { regions, metadata }) in plans {
        let place = all.len()..all.len() + metadata.len();
        all.extend(metadata);
        code.push(format!("Plan {{ calling_code: \"{calling_code}\", regions: &{regions:?}, place: {place:?} }},\n"));
    }
    let code = format!(
        "#[expect(clippy::unreadable_literal, reason = \"nobody reads them\")]\nstatic PLANS: [Plan; {}] = [\n{}];\n",
        code.len(),
        code.concat()
    );
    Ok((all, code))
}

fn fields(mut message: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let start = message;
        let key = number(&mut message)?;
        let value = match key & 7 {
            0 => Value::Number(number(&mut message)?),
            2 => {
                let length = usize::try_from(number(&mut message)?).map_err(|error| error.to_string())?;
                let (bytes, rest) = message.split_at_checked(length).ok_or("a field is cut off")?;
                message = rest;
                Value::Bytes(bytes)
            }
            kind => return Err(format!("a field is of kind {kind}")),
        };
        fields.push(Field { number: key >> 3, value, bytes: &start[..start.len() - message.len()] });
    }
    Ok(fields)
}

fn number(message: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first().ok_or("a number is cut off")?;
        *message = rest;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(value);
        }
    }
    Err("a number is too long".into())
}

fn put(message: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    for mut value in [(field << 3) | 2, bytes.len() as u64] {
        while value >= 128 {
            message.push(value.to_le_bytes()[0] | 128);
            value >>= 7;
        }
        message.push(value.to_le_bytes()[0]);
    }
    message.extend_from_slice(bytes);
}
