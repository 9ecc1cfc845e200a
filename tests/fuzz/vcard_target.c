/* vCards: fed whole or in pieces of any size, the lines are the same, and they are lines of as many
 * cells as there are columns. The first byte says how the pieces are cut. */
#include "fuzz.h"

#include <string.h>

#include "csv.h"
#include "vcard_read.h"

static const enum vcard_slot columns[] = {
    VCARD_SLOT_ID,       VCARD_SLOT_UID,   VCARD_SLOT_LAST,      VCARD_SLOT_FIRST,
    VCARD_SLOT_ORG,      VCARD_SLOT_PHONE, VCARD_SLOT_EMAIL,     VCARD_SLOT_ADDRESS,
    VCARD_SLOT_BIRTHDAY, VCARD_SLOT_NOTE,  VCARD_SLOT_CATEGORIES};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void read_all(struct vcard_reader *r, const char *text, size_t len, size_t piece) {
    vcard_reader_init(r);
    r->columns = columns;
    r->column_count = COLUMNS;
    r->own_uid = "urn:perigee:contact:";
    for (size_t at = 0; at < len; at += piece)
        HOLDS(vcard_reader_feed(r, text + at, len - at < piece ? len - at : piece, false));
    HOLDS(vcard_reader_feed(r, "", 0, true));
}

static void check_lines(const struct vcard_reader *r) {
    struct csv_dialect dialect = {.delimiter = ','};
    struct csv_reader lines;
    struct csv_row row;
    uint64_t cards = 0;
    csv_reader_init(&lines, &dialect, 1 << 26);
    HOLDS(csv_reader_feed(&lines, r->out.ptr ? r->out.ptr : "", r->out.len, true));
    while (csv_reader_next(&lines, &row) == CSV_ROW) {
        HOLDS(row.problem == CSV_FINE && row.count == COLUMNS);
        cards++;
    }
    HOLDS(cards == r->cards);
    csv_reader_fini(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct vcard_reader whole, parts;
    if (len < 1) return 0;
    read_all(&whole, (const char *)bytes + 1, len - 1, len);
    read_all(&parts, (const char *)bytes + 1, len - 1, 1 + bytes[0] % 64);
    HOLDS(whole.cards == parts.cards && whole.out.len == parts.out.len);
    HOLDS(whole.out.len == 0 || memcmp(whole.out.ptr, parts.out.ptr, whole.out.len) == 0);
    check_lines(&whole);
    vcard_reader_fini(&whole);
    vcard_reader_fini(&parts);
    return 0;
}
