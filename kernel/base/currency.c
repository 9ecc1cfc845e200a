/* The currencies of ISO 4217, present and past, and how many digits each has after its point.
 *
 * The codes are ICU's list without metals, funds of account and test codes. The digits are ISO's:
 * ICU gives what is customary in cash for some (0 for RSD or IQD), which would refuse minor units
 * that books do carry. Threads: any. */
#include "base/number.h"

/* Codes of three letters side by side, in order, one text for each number of digits. */
static const char none[] = "ADPBIFBYRCLPDJFESPGNFISKITLJPYKMFKRWLUFMGFPYGRWFTRLUGXUYIVND"
                           "VUVXAFXOFXPF";
static const char two[] = "AEDAFAAFNALKALLAMDANGAOAAOKAONAORARAARLARMARPARSATSAUDAWGAZM"
                          "AZNBADBAMBANBBDBDTBECBEFBELBGLBGMBGNBGOBMDBNDBOBBOLBOPBOVBRB"
                          "BRCBREBRLBRNBRRBRZBSDBTNBUKBWPBYBBYNBZDCADCDFCHECHFCHWCLECNH"
                          "CNXCNYCOPCOUCRCCSDCSKCUCCUPCVECYPCZKDDMDEMDKKDOPDZDECSECVEEK"
                          "EGPERNESAESBETBEURFIMFJDFKPFRFGBPGEKGELGHCGHSGIPGMDGNSGQEGRD"
                          "GTQGWEGWPGYDHKDHNLHRDHRKHTGHUFIDRIEPILPILRILSINRIRRISJJMDKES"
                          "KGSKHRKPWKRHKROKYDKZTLAKLBPLKRLRDLSLLSMLTLLTTLUCLULLVLLVRMAD"
                          "MAFMCFMDCMDLMGAMKDMKNMLFMMKMNTMOPMROMRUMTLMTPMURMVPMVRMWKMXN"
                          "MXPMXVMYRMZEMZMMZNNADNGNNICNIONLGNOKNPRNZDPABPEIPENPESPGKPHP"
                          "PKRPLNPLZPTEQARRHDROLRONRSDRUBRURSARSBDSCRSDDSDGSDPSEKSGDSHP"
                          "SITSKKSLESLLSOSSRDSRGSSPSTDSTNSURSVCSYPSZLTHBTJRTJSTMMTMTTOP"
                          "TPETRYTTDTWDTZSUAHUAKUGSUSDUSNUSSUYPUYUUZSVEBVEDVEFVESVNNWST"
                          "XCDXCGXDRYDDYERYUDYUMYUNYURZALZARZMKZMWZRNZRZZWDZWLZWR";
static const char three[] = "BHDIQDJODKWDLYDOMRTND";
static const char four[] = "CLFUYW";

static bool holds(const char *codes, size_t count, const char *code) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(code, codes + middle * 3, 3);
        if (order == 0) return true;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}
#define HOLDS(codes, code) holds((codes), (sizeof(codes) - 1) / 3, (code))

int currency_digits(struct currency currency) {
    if (HOLDS(two, currency.code)) return 2;
    if (HOLDS(none, currency.code)) return 0;
    if (HOLDS(three, currency.code)) return 3;
    if (HOLDS(four, currency.code)) return 4;
    return -1;
}

bool currency_parse(struct str code, struct currency *ret) {
    if (code.len != 3) return false;
    struct currency found = {{0}};
    for (size_t i = 0; i < 3; i++) {
        char letter = code.ptr[i];
        found.code[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
    if (currency_digits(found) < 0) return false;
    *ret = found;
    return true;
}
