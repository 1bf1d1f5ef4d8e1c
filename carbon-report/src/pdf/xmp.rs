//! What a file says of itself, for readers and for programs: the Info dictionary and the XMP packet say the same.

use super::font::{code_point, is_noncharacter};
use jiff::civil::Date;
use lopdf::{Dictionary, Object, StringFormat, dictionary};

/// What the file says of itself.
pub(crate) struct Metadata {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) subject: String,
    pub(crate) generator: String,
    /// What a field with a signature is called.
    pub(crate) signature: &'static str,
    /// What a list of the operator's fonts is called.
    pub(crate) fonts: &'static str,
    /// RFC 5646 tag.
    pub(crate) language: &'static str,
    /// Date of creation, from the statement, not the clock.
    pub(crate) date: Date,
}

impl Metadata {
    /// The same with code points for characters that XML has no way to hold: the packet and the Info dictionary say the same.
    pub(crate) fn in_xml(self) -> Self {
        let Metadata { title, author, subject, generator, .. } = &self;
        let [title, author, subject, generator] = [title, author, subject, generator].map(|text| {
            let held = |character: char| !character.is_control() && !is_noncharacter(character);
            let held =
                |character| if held(character) { character.to_string() } else { code_point(character) };
            text.chars().map(held).collect()
        });
        Metadata { title, author, subject, generator, ..self }
    }

    /// The date as PDF writes it.
    pub(super) fn pdf_date(&self) -> String {
        self.date.strftime("D:%Y%m%d000000Z").to_string()
    }
}

pub(super) fn info(metadata: &Metadata) -> Dictionary {
    dictionary! {
        "Title" => text(&metadata.title),
        "Author" => text(&metadata.author),
        "Subject" => text(&metadata.subject),
        "Creator" => text(&metadata.generator),
        "Producer" => text(&metadata.generator),
        "CreationDate" => Object::string_literal(metadata.pdf_date()),
        "ModDate" => Object::string_literal(metadata.pdf_date()),
    }
}

/// A text string: UTF-16 with its mark, which every reader understands.
pub(super) fn text(text: &str) -> Object {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

/// The packet, with the claims to PDF/A-3a and PDF/UA-1, and the schema of the latter, which PDF/A asks for.
pub(super) fn packet(metadata: &Metadata) -> String {
    let Metadata { title, author, subject, generator, language, date, signature: _, fonts: _ } = metadata;
    let [title, author, subject, generator] = [title, author, subject, generator].map(|text| xml_text(text));
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">\n\
         <dc:format>application/pdf</dc:format>\n\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n\
         <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\n\
         <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\n\
         <xmp:CreateDate>{date}T00:00:00Z</xmp:CreateDate>\n\
         <xmp:ModifyDate>{date}T00:00:00Z</xmp:ModifyDate>\n\
         <xmp:CreatorTool>{generator}</xmp:CreatorTool>\n\
         <pdf:Producer>{generator}</pdf:Producer>\n\
         <pdfaid:part>3</pdfaid:part>\n\
         <pdfaid:conformance>A</pdfaid:conformance>\n\
         <pdfuaid:part>1</pdfuaid:part>\n\
         </rdf:Description>\n{UA_SCHEMA}</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

/// PDF/A knows no `pdfuaid`, so the packet explains it.
const UA_SCHEMA: &str = "<rdf:Description rdf:about=\"\" \
    xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" \
    xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" \
    xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n\
    <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n\
    <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\n\
    <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\n\
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\n\
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType=\"Resource\">\n\
    <pdfaProperty:name>part</pdfaProperty:name>\n\
    <pdfaProperty:valueType>Integer</pdfaProperty:valueType>\n\
    <pdfaProperty:category>internal</pdfaProperty:category>\n\
    <pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>\n\
    </rdf:li></rdf:Seq></pdfaSchema:property>\n\
    </rdf:li></rdf:Bag></pdfaExtension:schemas>\n\
    </rdf:Description>\n";

fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
