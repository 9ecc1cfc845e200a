/* Guessing the encoding of a file from its first bytes. ICU's detector knows neither IBM866 nor
 * MacCyrillic, so the single-byte encodings are told apart here: by each candidate the high bytes
 * are read as letters and weighed by how common these letters are in Russian, with case changes
 * inside words counted against. */
#include "base/unicode.h"

#include <unicode/ucnv.h>

enum { SAMPLE_MAX_BYTES = 64 * 1024, HIGH_COUNT = 128 };

static const struct {
    const char *bytes;
    size_t len;
    const char *name;
} marks[] = {
    {"\xEF\xBB\xBF", 3, "UTF-8"}, {"\xFF\xFE\0\0", 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, "UTF-32BE"},
    {"\xFF\xFE", 2, "UTF-16LE"},  {"\xFE\xFF", 2, "UTF-16BE"},
};

/* Valid but for a character that the end of the sample cuts. */
static bool is_utf8(struct str s) {
    for (size_t cut = 0; cut < 4 && cut <= s.len; cut++) {
        if (cut > 0 && ((unsigned char)s.ptr[s.len - cut] & 0x80u) == 0) return false;
        if (utf8_valid(str_make(s.ptr, s.len - cut))) return true;
    }
    return false;
}

/* Text of Latin or Cyrillic letters in UTF-16 has 00 or 04 in every other byte. */
static const char *utf16_pattern(struct str s) {
    size_t even = 0, odd = 0, pairs = s.len / 2;
    if (pairs < 2) return NULL;
    for (size_t i = 0; i < pairs; i++) {
        char first = s.ptr[2 * i], second = s.ptr[2 * i + 1];
        even += (first == 0 || first == 4) && second != 0;
        odd += (second == 0 || second == 4) && first != 0;
    }
    if (odd * 10 >= pairs * 8 && even * 10 < pairs * 4) return "UTF-16LE";
    if (even * 10 >= pairs * 8 && odd * 10 < pairs * 4) return "UTF-16BE";
    return NULL;
}

/* Letters of Russian, common ones first, per mille of running text (о е а и н т с р в л к м д п у я
 * ы ь г з б ч й х ж ш ю ц щ э ф ъ ё). */
static const struct {
    uint16_t letter;
    uint8_t per_mille;
} common[] = {
    {0x043E, 110}, {0x0435, 84}, {0x0430, 80}, {0x0438, 74}, {0x043D, 67}, {0x0442, 63},
    {0x0441, 55},  {0x0440, 47}, {0x0432, 45}, {0x043B, 44}, {0x043A, 35}, {0x043C, 32},
    {0x0434, 30},  {0x043F, 28}, {0x0443, 26}, {0x044F, 20}, {0x044B, 19}, {0x044C, 17},
    {0x0433, 17},  {0x0437, 16}, {0x0431, 16}, {0x0447, 14}, {0x0439, 12}, {0x0445, 10},
    {0x0436, 9},   {0x0448, 7},  {0x044E, 6},  {0x0446, 5},  {0x0449, 4},  {0x044D, 3},
    {0x0444, 3},   {0x044A, 2},  {0x0451, 2},
};

static bool is_upper(UChar c) { return (c >= 0x0410 && c <= 0x042F) || c == 0x0401; }

static int letter_weight(UChar c) {
    UChar folded = c == 0x0401 ? 0x0451 : is_upper(c) ? (UChar)(c + 0x20) : c;
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (common[i].letter == folded) return common[i].per_mille;
    return 0;
}

static bool table_of(const char *name, UChar table[HIGH_COUNT]) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    if (U_FAILURE(status)) return false;
    char bytes[HIGH_COUNT];
    for (int i = 0; i < HIGH_COUNT; i++)
        bytes[i] = (char)(HIGH_COUNT + i);
    ucnv_toUChars(converter, table, HIGH_COUNT, bytes, HIGH_COUNT, &status);
    ucnv_close(converter);
    return U_SUCCESS(status);
}

static int64_t score(struct str s, const UChar table[HIGH_COUNT]) {
    int64_t sum = 0;
    bool after_lower = false, after_letter = false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char)s.ptr[i];
        UChar c = byte < HIGH_COUNT ? 0 : table[byte - HIGH_COUNT];
        int weight = c ? letter_weight(c) : 0;
        if (weight) {
            sum += weight;
            if (is_upper(c) && after_lower) sum -= 200;
            if (!is_upper(c) && !after_letter)
                sum -= 5; /* words begin with either, sentences do not */
        } else if (c == 0xFFFD || (c >= 0x2500 && c <= 0x259F) || (c >= 0x80 && c < 0xA0)) {
            sum -= 150; /* unassigned, box drawing, controls */
        } else if (c) {
            sum -= 20;
        }
        after_letter = weight != 0;
        after_lower = weight != 0 && !is_upper(c);
    }
    return sum;
}

/* Western accents stand alone among ASCII letters; Cyrillic words are high bytes side by side. */
static bool is_western(struct str s) {
    size_t high = 0, side_by_side = 0;
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x80) continue;
        high++;
        bool before = i > 0 && (unsigned char)s.ptr[i - 1] >= 0x80;
        bool behind = i + 1 < s.len && (unsigned char)s.ptr[i + 1] >= 0x80;
        side_by_side += before || behind;
    }
    return side_by_side * 2 < high;
}

const char *charset_detect(struct str sample, size_t *ret_bom_bytes) {
    *ret_bom_bytes = 0;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!str_starts_with(sample, str_make(marks[i].bytes, marks[i].len))) continue;
        *ret_bom_bytes = marks[i].len;
        return marks[i].name;
    }
    if (sample.len > SAMPLE_MAX_BYTES) sample.len = SAMPLE_MAX_BYTES;
    if (is_utf8(sample)) return "UTF-8";
    const char *wide = utf16_pattern(sample);
    if (wide) return wide;
    if (is_western(sample)) return "windows-1252";
    static const char *const cyrillic[] = {"windows-1251", "KOI8-R", "IBM866", "x-mac-cyrillic"};
    const char *best = "windows-1251";
    int64_t best_score = INT64_MIN;
    for (size_t i = 0; i < sizeof cyrillic / sizeof cyrillic[0]; i++) {
        UChar table[HIGH_COUNT];
        int64_t points = table_of(cyrillic[i], table) ? score(sample, table) : INT64_MIN;
        if (points <= best_score) continue;
        best = cyrillic[i];
        best_score = points;
    }
    return best;
}
