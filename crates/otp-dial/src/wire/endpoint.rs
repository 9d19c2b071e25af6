//! The endpoints of the services.

/// AWS's partitions: the prefix of their Regions' names, the suffix of their hosts, IAM's host without that suffix,
/// and the Region that IAM's signatures name. A partition has one IAM for all its Regions.
const PARTITIONS: [(&str, &str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "iam.cn-north-1", "cn-north-1"),
    ("us-gov-", "amazonaws.com", "iam.us-gov", "us-gov-west-1"),
    ("eusc-", "amazonaws.eu", "iam.eusc-de-east-1", "eusc-de-east-1"),
    ("us-iso-", "c2s.ic.gov", "iam.us-iso-east-1", "us-iso-east-1"),
    ("us-isob-", "sc2s.sgov.gov", "iam.us-isob-east-1", "us-isob-east-1"),
    ("eu-isoe-", "cloud.adc-e.uk", "iam.eu-isoe-west-1", "eu-isoe-west-1"),
    ("us-isof-", "csp.hci.ic.gov", "iam.us-isof-south-1", "us-isof-south-1"),
];
/// The partition of all other Regions.
const USUAL: (&str, &str, &str, &str) = ("", "amazonaws.com", "iam", "us-east-1");

/// The URL of a service in a Region, and the Region that its signatures name.
#[must_use]
pub fn of<'a>(service: &str, region: &'a str) -> (String, &'a str) {
    let (_, suffix, iam, _) = partition(region);
    let host = if service == "iam" { iam.to_owned() } else { format!("{service}.{region}") };
    (format!("https://{host}.{suffix}"), signing_region(service, region))
}

/// The Region that a service's signatures name. All Regions of a partition share one IAM.
#[must_use]
pub fn signing_region<'a>(service: &str, region: &'a str) -> &'a str {
    if service == "iam" { partition(region).3 } else { region }
}

fn partition(region: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    PARTITIONS.into_iter().find(|(start, ..)| region.starts_with(start)).unwrap_or(USUAL)
}

/// Whether a text can be a Region's name. The check makes sure that the host built from it is one of AWS's.
#[must_use]
pub fn is_region(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
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
        // As botocore 1.43.127 has them.
        for (service, region, url, signing_region) in [
            ("connect", "eu-west-2", "https://connect.eu-west-2.amazonaws.com", "eu-west-2"),
            ("iam", "eu-west-2", "https://iam.amazonaws.com", "us-east-1"),
            ("lambda", "cn-north-1", "https://lambda.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam", "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("dynamodb", "us-gov-east-1", "https://dynamodb.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
            ("iam", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("servicequotas", "eusc-de-east-1", "https://servicequotas.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("iam", "eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("cognito-idp", "us-iso-west-1", "https://cognito-idp.us-iso-west-1.c2s.ic.gov", "us-iso-west-1"),
            ("iam", "us-iso-west-1", "https://iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            ("connect", "us-isob-east-1", "https://connect.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("iam", "us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("lambda", "eu-isoe-west-1", "https://lambda.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            ("iam", "eu-isoe-west-1", "https://iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            (
                "cloudformation",
                "us-isof-east-1",
                "https://cloudformation.us-isof-east-1.csp.hci.ic.gov",
                "us-isof-east-1",
            ),
            ("iam", "us-isof-east-1", "https://iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
        ] {
            assert_eq!(of(service, region), (url.to_owned(), signing_region), "{service} in {region}");
        }
    }
}
