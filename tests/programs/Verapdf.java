import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/**
 * Asks veraPDF whether files keep PDF/A-3a, PDF/A-3b and PDF/UA-1: `FLAVOUR PASS FILE`, or `FLAVOUR FAIL FILE` with each rule
 * that is broken. Reads the names of the files from its standard input, one a line: a start takes longer than a file.
 */
public class Verapdf {
    private static final List<PDFAFlavour> FLAVOURS =
        List.of(PDFAFlavour.PDFA_3_A, PDFAFlavour.PDFA_3_B, PDFAFlavour.PDFUA_1);

    public static void main(String[] arguments) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in));
        for (String name = names.readLine(); name != null; name = names.readLine()) {
            for (PDFAFlavour flavour : FLAVOURS) {
                System.out.println(flavour.getId() + " " + verdict(foundry, flavour, name));
            }
        }
    }

    private static String verdict(VeraPDFFoundry foundry, PDFAFlavour flavour, String name) throws Exception {
        TreeSet<String> broken = new TreeSet<>(Comparator.naturalOrder());
        try (var parser = foundry.createParser(new File(name), flavour);
                var validator = foundry.createValidator(flavour, false)) {
            var result = validator.validate(parser);
            for (TestAssertion assertion : result.getTestAssertions()) {
                var rule = assertion.getRuleId();
                broken.add(rule.getClause() + "-" + rule.getTestNumber() + ": " + assertion.getMessage());
            }
            String word = result.isCompliant() ? " PASS " : " FAIL ";
            return (word + name + " " + String.join("; ", broken)).strip();
        }
    }
}
