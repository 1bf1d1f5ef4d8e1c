//! Time stamps, with OpenSSL as the authority and as the one who checks.

use crate::authority::{Authority, Made, P_256, openssl_verifies};
use carbon_report::{
    Brand, Language,
    pack::{PackWriter, verify_pack},
    render_pdf,
    time_stamp::{TimeStamp, TimeStampAuthorities, TimeStampError, TimeStampRequest},
};
use std::{fs, io::Cursor};

const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const P_384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";

const REQUEST: TimeStampRequest = TimeStampRequest { sha256: [0x0f; 32], nonce: 0xf123_4567_89ab_cdef };

fn authorities(authority: &Authority) -> TimeStampAuthorities {
    TimeStampAuthorities::from_pem(&fs::read(authority.ca()).unwrap()).unwrap()
}

#[test]
fn what_openssl_stamps_is_read_and_believed() {
    for made in [
        Made::default(),
        Made { key: RSA, intermediate: true, ..Made::default() },
        Made { key: RSA, digest: "sha512", named_by: "sha1", ..Made::default() },
        Made { key: P_384, digest: "sha384", named_by: "sha384", ..Made::default() },
        Made { key: P_256, named_by: "sha1", intermediate: true, ..Made::default() },
    ] {
        let authority = Authority::new(made);
        let answer = authority.reply(&REQUEST.to_der());
        let (token, stamp) = REQUEST.token(&answer).unwrap_or_else(|error| panic!("{made:?}: {error}"));
        assert!((jiff::Timestamp::now().as_second() - stamp.at.as_second()).abs() < 60, "{}", stamp.at);
        assert_eq!(stamp.authority, "O=signer,CN=Time");
        assert_eq!(stamp.policy, "1.3.6.1.4.1.99999.1");
        assert_eq!(TimeStamp::read(&token, &REQUEST.sha256).as_ref(), Ok(&stamp));
        assert_eq!(stamp.check_authority(&authorities(&authority)), Ok(()), "{made:?}");
        let other = authorities(&Authority::new(Made::default()));
        let error = stamp.check_authority(&other).unwrap_err();
        assert!(matches!(error, TimeStampError::Unknown(_)), "{error}");
        assert!(openssl_verifies(&authority.path("answer.tsr"), &"0f".repeat(32), &authority.ca()));
    }
}

#[test]
fn what_is_wrong_with_an_answer_is_named() {
    let authority = Authority::new(Made::default());
    let request = REQUEST.to_der();
    let sound = authority.reply(&request);
    let other_nonce = TimeStampRequest { nonce: 7, ..REQUEST };
    let other_digest = TimeStampRequest { sha256: [0xf0; 32], ..REQUEST };
    // A request that wants another digest algorithm than the authority takes.
    let mut unsupported = request.clone();
    let sha_256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let at = unsupported.windows(sha_256.len()).position(|bytes| bytes == sha_256).unwrap();
    unsupported[at + 8] = 0x08;
    // The status, the first number in the answer, as nothing of it is signed.
    let status = |status: u8| {
        let mut answer = sound.clone();
        let at = answer.windows(3).position(|bytes| bytes == [2, 1, 0]).unwrap();
        answer[at + 2] = status;
        answer
    };
    let flipped = |from_end: usize| {
        let mut answer = sound.clone();
        let at = answer.len() - from_end;
        answer[at] ^= 1;
        answer
    };
    let purpose = |extensions| authority.reply_of_another_purpose(&request, extensions);
    let cases = [
        ("nothing", Vec::new(), "is no answer of a time-stamp authority: "),
        ("a page", b"<html>404</html>".to_vec(), "is no answer of a time-stamp authority: "),
        ("half of it", sound[..sound.len() / 2].to_vec(), "is no answer of a time-stamp authority: "),
        ("more than it", [&sound[..], b"x"].concat(), "is no answer of a time-stamp authority: "),
        (
            "far more",
            vec![0x30; 70_000],
            "is no answer of a time-stamp authority: it has more than 65536 bytes",
        ),
        ("modified", status(1), "the authority answered granted with modifications"),
        ("rejected", status(2), "the authority answered rejection"),
        ("waiting", status(3), "the authority answered waiting"),
        ("a status of none", status(9), "the authority answered status 9"),
        (
            "no token",
            vec![0x30, 5, 0x30, 3, 2, 1, 0],
            "is no answer of a time-stamp authority: it has no token",
        ),
        (
            "refused",
            authority.reply(&unsupported),
            "the authority answered rejection, the algorithm is not supported: \"",
        ),
        (
            "not a request",
            authority.reply(b"\x30\x03\x02\x01\x01"),
            "the authority answered rejection, the request has a wrong format: \"",
        ),
        ("another nonce", authority.reply(&other_nonce.to_der()), "does not repeat the nonce of the request"),
        ("another digest", authority.reply(&other_digest.to_der()), "is over another digest: f0f0f0f0"),
        ("changed at its end", flipped(1), "its signature is not valid: "),
        ("not valid yet", authority.reply_too_early(&request), "its certificate is valid from 20"),
        (
            "for everything",
            purpose("basicConstraints=CA:FALSE"),
            "its certificate is not one for time stamps alone",
        ),
        (
            "not critical",
            purpose("extendedKeyUsage=timeStamping"),
            "its certificate does not say as a critical extension what it is for",
        ),
        (
            "for more",
            purpose("extendedKeyUsage=critical,timeStamping,serverAuth"),
            "its certificate is not one for time stamps alone",
        ),
        (
            "for the web",
            purpose("extendedKeyUsage=critical,serverAuth"),
            "its certificate is not one for time stamps alone",
        ),
    ];
    for (what, answer, expect) in cases {
        let error = REQUEST.token(&answer).expect_err(what).to_string();
        assert!(error.starts_with(expect), "{what}: {error}");
    }
    // What it is made with, it takes.
    REQUEST.token(&purpose("extendedKeyUsage=critical,timeStamping")).unwrap();
    for wrong in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = TimeStampAuthorities::from_pem(wrong.as_bytes()).unwrap_err().to_string();
        assert!(
            error.starts_with("the certificates of time-stamp authorities must be X.509 in PEM: "),
            "{error}"
        );
    }
}

/// Whichever bit is turned: what is read of it is what it was, or nothing.
#[test]
fn no_bit_of_a_token_turns_into_another_word() {
    let authority = Authority::new(Made::default());
    let (token, stamp) = REQUEST.token(&authority.reply(&REQUEST.to_der())).unwrap();
    let authorities = authorities(&authority);
    let mut read = 0;
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut turned = token.clone();
            turned[place] ^= 1 << bit;
            let Ok(found) = TimeStamp::read(&turned, &REQUEST.sha256) else { continue };
            // Parts that nothing signs: versions, the list of digests, who signs by name.
            read += 1;
            assert_eq!(
                (found.at, &found.authority, &found.serial, &found.policy),
                (stamp.at, &stamp.authority, &stamp.serial, &stamp.policy),
                "byte {place}, bit {bit}"
            );
            assert_eq!(found.check_authority(&authorities), Ok(()), "byte {place}, bit {bit}");
        }
    }
    assert!(read < token.len() * 8 / 10, "{read}");
    for length in 0..token.len() {
        assert!(TimeStamp::read(&token[..length], &REQUEST.sha256).is_err(), "{length} bytes");
    }
}

/// A pack with that token, whoever made it.
fn pack_with(token: &[u8]) -> Vec<u8> {
    let events = crate::pack::events();
    let pdf = render_pdf(&crate::pack::statement(&events, Language::En), &Brand::default()).unwrap();
    let mut pack = PackWriter::new(Cursor::new(Vec::new()), &pdf, &|_| None, &|_| None).unwrap();
    pack.time_stamp(token).unwrap();
    events.iter().for_each(|event| pack.event(event).unwrap());
    pack.finish().unwrap().into_inner()
}

#[test]
fn a_pack_holds_the_time_stamp_of_its_own_closing_or_none() {
    let authority = Authority::new(Made::default());
    // The digest of the closing seal in the statement.
    let (token, stamp) = REQUEST.token(&authority.reply(&REQUEST.to_der())).unwrap();
    let pack = pack_with(&token);
    let verified = verify_pack(Cursor::new(&pack)).unwrap();
    assert_eq!(verified.time_stamp.as_ref(), Some(&stamp));
    assert_eq!(verified.check_authority(&authorities(&authority)), Ok(()));
    let error = verified.check_authority(&authorities(&Authority::new(Made::default()))).unwrap_err();
    assert_eq!(error.place, "closing.tsr");
    let without = verify_pack(Cursor::new(crate::pack::clean())).unwrap();
    assert_eq!(without.time_stamp, None);
    assert_eq!(without.check_authority(&authorities(&authority)), Ok(()));

    let other = TimeStampRequest { sha256: [0xf0; 32], ..REQUEST };
    let (of_another_seal, _) = other.token(&authority.reply(&other.to_der())).unwrap();
    let error = verify_pack(Cursor::new(pack_with(&of_another_seal))).unwrap_err().to_string();
    assert!(error.starts_with("closing.tsr: is over another digest: f0f0"), "{error}");
    let mut forged = token.clone();
    *forged.last_mut().unwrap() ^= 1;
    let error = verify_pack(Cursor::new(pack_with(&forged))).unwrap_err().to_string();
    assert!(error.starts_with("closing.tsr: its signature is not valid: "), "{error}");
    // What is wrong with the member itself, before its digest in the manifest is asked.
    let members = crate::pack::members(&pack);
    let with = |bytes: Vec<u8>| {
        let mut members = members.clone();
        members.insert("closing.tsr".to_owned(), bytes);
        verify_pack(Cursor::new(crate::pack::zipped(&members))).unwrap_err().to_string()
    };
    let file = &members["closing.tsr"];
    // Words of an authority, which nothing signs: `hi`, as UTF-8 in a sequence behind the status.
    let (head, status) = ([0x30, 0x82], [0x30, 3, 2, 1, 0]);
    assert!(file.starts_with(&head) && file[4..].starts_with(&status), "{file:?}");
    let length = u16::from_be_bytes([file[2], file[3]]) + 6;
    let words = [0x30, 9, 2, 1, 0, 0x30, 4, 0x0c, 2, b'h', b'i'];
    let words = [&head[..], &length.to_be_bytes(), &words, &file[9..]].concat();
    for (bytes, expect) in [
        (words, "closing.tsr: is no answer of a time-stamp authority: it holds more than a token"),
        (Vec::new(), "closing.tsr: is no answer of a time-stamp authority: "),
        (token, "closing.tsr: is no answer of a time-stamp authority: "),
        (file[..file.len() - 1].to_vec(), "closing.tsr: is no answer of a time-stamp authority: "),
        ([file, &b"x"[..]].concat(), "closing.tsr: is no answer of a time-stamp authority: "),
    ] {
        let error = with(bytes);
        assert!(error.starts_with(expect), "{error}");
    }
    // Another sound one, which the manifest does not know.
    let (again, _) = REQUEST.token(&authority.reply(&REQUEST.to_der())).unwrap();
    let error = with(crate::pack::members(&pack_with(&again))["closing.tsr"].clone());
    assert!(error.starts_with("manifest.json"), "{error}");
    let nonsense = PackWriter::new(Cursor::new(Vec::new()), &members["report.pdf"], &|_| None, &|_| None);
    assert!(nonsense.unwrap().time_stamp(b"nonsense").is_err());
}
