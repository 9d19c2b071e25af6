//! Reads libphonenumber's metadata, `numbers/metadata.bin`: a `PhoneMetadataCollection` in the binary form of Protocol
//! Buffers. <https://protobuf.dev/programming-guides/encoding/>

use std::collections::BTreeMap;

use serde::Deserialize;

/// Fields of `PhoneMetadataCollection`, `PhoneMetadata` and `PhoneNumberDesc`.
const METADATA: u64 = 1;
const GENERAL: u64 = 1;
const FIXED_LINE: u64 = 2;
const MOBILE: u64 = 3;
const VOIP: u64 = 8;
const ID: u64 = 9;
const COUNTRY_CODE: u64 = 10;
const SAME_MOBILE_AND_FIXED_LINE: u64 = 18;
const MAIN_COUNTRY: u64 = 22;
const LEADING_DIGITS: u64 = 23;
const PATTERN: u64 = 2;
const POSSIBLE_LENGTH: u64 = 9;

/// The types of numbers apart from fixed line and mobile, in the order of `getNumberTypeHelper`; the first that fits
/// counts. They are premium rate, toll-free, shared cost, `VoIP`, personal, pager, company (UAN), voicemail.
const BEFORE_FIXED_LINE: [u64; 8] = [5, 4, 6, VOIP, 7, 21, 25, 28];

/// The numbers of one country, or of a network without a country.
#[derive(Default)]
pub(crate) struct Region {
    /// By ISO 3166-1; `001` for none.
    pub(crate) id: String,
    /// A regular expression: numbers whose beginning matches it are this country's.
    pub(crate) leading_digits: Option<String>,
    /// The form of all its numbers.
    pub(crate) general: Desc,
    /// The types in order of precedence, each with whether it is callable: such numbers are those of ordinary
    /// subscribers, at the usual price.
    pub(crate) types: Vec<(Desc, bool)>,
    /// Regular expressions: numbers whose beginning matches one are not called, whatever their type.
    pub(crate) denied: Vec<String>,
}

/// The form of numbers of one type.
#[derive(Clone, Default)]
pub(crate) struct Desc {
    /// A regular expression for the whole national number; empty for one that fits none.
    pub(crate) pattern: String,
    /// Its possible lengths; empty for any length.
    pub(crate) lengths: Vec<u64>,
}

/// `numbers/denied.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DenyList {
    denied: Vec<Denied>,
}

/// Numbers that are not called, whatever the metadata say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Denied {
    calling_code: u64,
    /// A regular expression for the first digits after the calling code.
    national: String,
    why: String,
    source: String,
}

struct Field<'a> {
    number: u64,
    value: Value<'a>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Bytes(&'a [u8]),
    Number(u64),
}

/// The countries of each calling code, in the order in which libphonenumber tries them.
pub(crate) fn plans(metadata: &[u8]) -> Result<BTreeMap<u64, Vec<Region>>, String> {
    let mut plans = BTreeMap::<u64, Vec<Region>>::new();
    for field in fields(metadata)? {
        let (METADATA, Value::Bytes(message)) = (field.number, field.value) else { return Err("no metadata".into()) };
        let (code, is_main, region) = region(message)?;
        let regions = plans.entry(code).or_default();
        regions.insert(if is_main { 0 } else { regions.len() }, region);
    }
    Ok(plans)
}

/// Adds a deny list, in TOML, to the numbers.
pub(crate) fn deny(plans: &mut BTreeMap<u64, Vec<Region>>, list: &str) -> Result<(), String> {
    let DenyList { denied } = toml::from_str(list).map_err(|error| error.to_string())?;
    for Denied { calling_code, national, why, source } in denied {
        if why.is_empty() || source.is_empty() {
            return Err(format!("+{calling_code} {national} has no reason or no source"));
        }
        let regions = plans.get_mut(&calling_code).ok_or(format!("there are no numbers of +{calling_code}"))?;
        for region in regions {
            region.denied.push(national.clone());
        }
    }
    Ok(())
}

/// A country, its calling code, and whether it is the main country of that code.
fn region(message: &[u8]) -> Result<(u64, bool, Region), String> {
    let (mut code, mut is_main, mut same) = (None, false, false);
    let (mut region, mut descs) = (Region::default(), BTreeMap::new());
    for field in fields(message)? {
        match (field.number, field.value) {
            (ID, Value::Bytes(id)) => region.id = text(id)?,
            (LEADING_DIGITS, Value::Bytes(pattern)) => region.leading_digits = Some(text(pattern)?),
            (COUNTRY_CODE, Value::Number(number)) => code = Some(number),
            (MAIN_COUNTRY, Value::Number(number)) => is_main = number != 0,
            (SAME_MOBILE_AND_FIXED_LINE, Value::Number(number)) => same = number != 0,
            (GENERAL, Value::Bytes(message)) => region.general = desc(message)?,
            (number, Value::Bytes(message))
                if number == FIXED_LINE || number == MOBILE || BEFORE_FIXED_LINE.contains(&number) =>
            {
                descs.insert(number, desc(message)?);
            }
            _ => {}
        }
    }
    if region.id.is_empty() || region.general.pattern.is_empty() {
        return Err(format!("a region of calling code {code:?} has no id or no numbers"));
    }
    let of = |number| descs.get(&number).cloned().unwrap_or_default();
    region.types = BEFORE_FIXED_LINE.map(|number| (of(number), number == VOIP)).into();
    region.types.push((of(FIXED_LINE), true));
    if !same {
        region.types.push((of(MOBILE), true));
    }
    Ok((code.ok_or("a region has no calling code")?, is_main, region))
}

fn desc(message: &[u8]) -> Result<Desc, String> {
    let mut desc = Desc::default();
    for field in fields(message)? {
        match (field.number, field.value) {
            (PATTERN, Value::Bytes(pattern)) => desc.pattern = text(pattern)?,
            // A length of -1 means that there is no such type.
            (POSSIBLE_LENGTH, Value::Number(length)) => desc.lengths.push(length),
            (POSSIBLE_LENGTH, Value::Bytes(_)) => return Err("lengths are packed".into()),
            _ => {}
        }
    }
    Ok(desc)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

fn fields(mut message: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let mut fields = Vec::new();
    while !message.is_empty() {
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
        fields.push(Field { number: key >> 3, value });
    }
    Ok(fields)
}

fn number(message: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = message.split_first().ok_or("a number is cut off")?;
        *message = rest;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(value);
        }
    }
    Err("a number is too long".into())
}
