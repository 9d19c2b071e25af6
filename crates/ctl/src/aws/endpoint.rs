//! Where the services are.

/// The URL of a service in a Region, and the Region that its signatures name.
pub(super) fn of<'a>(service: &str, region: &'a str) -> (String, &'a str) {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let signing_region = signing_region(service, region);
    let host = match service {
        "iam" if region.starts_with("cn-") => "iam.cn-north-1".to_owned(),
        "iam" if region.starts_with("us-gov-") => "iam.us-gov".to_owned(),
        "iam" => "iam".to_owned(),
        _ => format!("{service}.{region}"),
    };
    (format!("https://{host}.{suffix}"), signing_region)
}

/// Whether a text can be a Region's name. Whatever else, the host that it becomes a part of is one of AWS's.
#[must_use]
pub fn is_region(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// IAM is one for all Regions of a partition.
pub(super) fn signing_region<'a>(service: &str, region: &'a str) -> &'a str {
    match service {
        "iam" if region.starts_with("cn-") => "cn-north-1",
        "iam" if region.starts_with("us-gov-") => "us-gov-west-1",
        "iam" => "us-east-1",
        _ => region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_region_names_another_host() {
        for (text, is_right) in [
            ("us-east-1", true),
            ("us-isob-east-1", true),
            ("", false),
            ("example.invalid/q", false),
            ("us-east-1.example.invalid#", false),
            ("US-EAST-1", false),
            ("-", false),
        ] {
            assert_eq!(is_region(text), is_right, "{text}");
        }
    }

    #[test]
    fn services_are_regional_and_iam_is_not() {
        for (service, region, url, signing_region) in [
            ("connect", "eu-west-2", "https://connect.eu-west-2.amazonaws.com", "eu-west-2"),
            ("lambda", "cn-north-1", "https://lambda.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam", "eu-west-2", "https://iam.amazonaws.com", "us-east-1"),
            ("iam", "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ] {
            assert_eq!(of(service, region), (url.to_owned(), signing_region), "{service} in {region}");
        }
    }
}
