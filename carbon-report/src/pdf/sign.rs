//! A signature field over the whole file: room for the signature is left, the rest is hashed, the room is filled.

use super::{
    error::PdfError,
    object::integer,
    save::packed,
    signed_data::{self, SignedBy, Signer},
    xmp::{Metadata, text},
};
use lopdf::{Document, Object, ObjectId, StringFormat, dictionary};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Bytes that the signature may take; one certificate needs some 1,000.
const ROOM: usize = 8_192;
/// Stands for a number that is known once the file is written: as many digits as the largest file needs.
const UNKNOWN: i64 = 9_999_999_999;

/// A file with an invisible signature field in it, and room for the signature. All the rest of it is as it will be.
pub(crate) struct Signable {
    file: Vec<u8>,
    /// Where the digits of the signature go.
    digits: Range<usize>,
}

impl Signable {
    /// The document as a file.
    pub(crate) fn of(mut document: Document, metadata: &Metadata) -> Result<Self, PdfError> {
        let wrong = |what: &str| PdfError::Sign(what.to_owned());
        let signature = add_field(&mut document, metadata);
        let signature = signature.ok_or_else(|| wrong("the document has no structure"))?;
        // A signature must not lie in a compressed object.
        let mut file = packed(document, Some(signature))?;

        let room = vec![b'0'; 2 * ROOM];
        let start = find(&file, &room).ok_or_else(|| wrong("no room was left"))?;
        let digits = start..start + room.len();
        // The brackets of the string are not signed either.
        let (before, after) = (digits.start - 1, digits.end + 1);
        let unknown = format!("[0 {UNKNOWN} {UNKNOWN} {UNKNOWN}]");
        let range = find(&file, unknown.as_bytes()).ok_or_else(|| wrong("no range was left"))?;
        let known = format!("[0 {before} {after} {}]", file.len() - after);
        let known = format!("{known:<width$}", width = unknown.len());
        file[range..range + known.len()].copy_from_slice(known.as_bytes());
        Ok(Signable { file, digits })
    }

    /// Of all that is signed: the file without the string of the signature.
    fn digest(&self) -> [u8; 32] {
        let (before, after) = (&self.file[..self.digits.start - 1], &self.file[self.digits.end + 1..]);
        Sha256::new().chain_update(before).chain_update(after).finalize().into()
    }

    pub(crate) fn signed(mut self, signer: &Signer) -> Result<Vec<u8>, PdfError> {
        let signature = signer.sign(self.digest()).map_err(|error| PdfError::Sign(error.to_string()))?;
        if signature.len() > ROOM {
            return Err(PdfError::Sign("the certificate is too long".to_owned()));
        }
        for (place, byte) in signature.iter().enumerate() {
            let digits = format!("{byte:02X}");
            self.file[self.digits.start + 2 * place..][..2].copy_from_slice(digits.as_bytes());
        }
        Ok(self.file)
    }

    /// The file with what `other` has where the signature goes.
    pub(crate) fn with_signature_of(mut self, other: &[u8]) -> Vec<u8> {
        if let Some(digits) = other.get(self.digits.clone()) {
            self.file[self.digits].copy_from_slice(digits);
        }
        self.file
    }

    /// Who signed `file`; `None` where it is not this one to the last byte outside of the signature.
    pub(crate) fn signed_by(&self, file: &[u8]) -> Option<Result<SignedBy, String>> {
        let Range { start, end } = self.digits;
        if file.get(..start)? != &self.file[..start] || file.get(end..)? != &self.file[end..] {
            return None;
        }
        let bytes: Option<Vec<u8>> = file[self.digits.clone()].chunks_exact(2).map(byte).collect();
        let bytes = bytes.ok_or_else(|| "has other signs than hexadecimal digits".to_owned());
        Some(bytes.and_then(|bytes| signed_data::check(&bytes, &self.digest())))
    }
}

/// The byte of two digits as they are written: no byte has two forms.
fn byte(digits: &[u8]) -> Option<u8> {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(is_digit))?;
    u8::from_str_radix(text, 16).ok()
}

fn find(file: &[u8], text: &[u8]) -> Option<usize> {
    file.windows(text.len()).rposition(|window| window == text)
}

/// An invisible field on the first page, part of the structure as every annotation must be; the object of its signature.
fn add_field(document: &mut Document, metadata: &Metadata) -> Option<ObjectId> {
    let page = *document.get_pages().values().next()?;
    let root = document.catalog().ok()?.get(b"StructTreeRoot").and_then(Object::as_reference).ok()?;
    let structure = document.get_dictionary(root).ok()?;
    let whole = structure.get(b"K").and_then(Object::as_array).ok()?.first()?.as_reference().ok()?;
    let parents = structure.get(b"ParentTree").and_then(Object::as_reference).ok()?;
    let key = structure.get(b"ParentTreeNextKey").and_then(Object::as_i64).ok()?;

    let signature = document.add_object(dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), UNKNOWN.into(), UNKNOWN.into(), UNKNOWN.into()],
        "Contents" => Object::String(vec![0; ROOM], StringFormat::Hexadecimal),
        "M" => Object::string_literal(metadata.pdf_date()),
    });
    let form = document.new_object_id();
    let widget = document.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal("Signature"),
        "TU" => text(metadata.signature),
        "V" => signature,
        "F" => 132, // printed, locked
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "P" => page,
        "StructParent" => key,
    });
    document.set_object(
        form,
        dictionary! {
            "Type" => "StructElem",
            "S" => "Form",
            "P" => whole,
            "Alt" => text(metadata.signature),
            "K" => vec![dictionary! { "Type" => "OBJR", "Obj" => widget, "Pg" => page }.into()],
        },
    );
    document
        .get_dictionary_mut(whole)
        .ok()?
        .get_mut(b"K")
        .and_then(Object::as_array_mut)
        .ok()?
        .push(form.into());
    let numbers =
        document.get_dictionary_mut(parents).ok()?.get_mut(b"Nums").and_then(Object::as_array_mut).ok()?;
    numbers.extend([key.into(), form.into()]);
    document.get_dictionary_mut(root).ok()?.set("ParentTreeNextKey", key + 1);
    let page = document.get_dictionary_mut(page).ok()?;
    let mut annotations = page.get(b"Annots").and_then(Object::as_array).cloned().unwrap_or_default();
    annotations.push(widget.into());
    page.set("Annots", annotations);
    let fields = dictionary! { "Fields" => vec![widget.into()], "SigFlags" => integer(3) };
    document.catalog_mut().ok()?.set("AcroForm", fields);
    Some(signature)
}
