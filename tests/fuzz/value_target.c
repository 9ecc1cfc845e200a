/* Numbers, money, dates and times as people write them: what is read is written as a text that
 * reads as the same; a day is a real one. */
#include "fuzz.h"

#include "base/unicode.h"
#include "record/text_parse.h"

static void look_at_number(struct str text) {
    char room[TEXT_NUMBER_BYTES], again[TEXT_NUMBER_BYTES];
    struct currency currency;
    if (text_number(text, room)) {
        HOLDS(text_number(str_from(room), again));
        HOLDS(str_is(str_from(room), again));
    }
    if (text_money(text, room, &currency)) HOLDS(text_number(str_from(room), again));
    int64_t micro = 0, back = 0;
    if (!decimal_parse(text, &micro)) return;
    struct buf out;
    buf_init(&out, 256);
    decimal_format(micro, -1, &out);
    HOLDS(decimal_parse(buf_str(&out), &back) && back == micro);
    buf_fini(&out);
}

static void look_at_date(struct str text) {
    static const char *const orders[] = {"", "dmy", "mdy", "ymd"};
    for (size_t i = 0; i < 4; i++) {
        int64_t days = 0, ms = -1, back = 0;
        if (text_date(text, str_from(orders[i]), &days, &ms) != TEXT_DATE_OK) continue;
        struct buf out;
        buf_init(&out, 64);
        date_format(days, &out);
        HOLDS(date_parse(buf_str(&out), &back) && back == days);
        HOLDS(ms >= -1 && ms < 86400000);
        buf_fini(&out);
    }
    int64_t at = 0, back = 0;
    if (!time_parse(text, &at)) return;
    struct buf out;
    buf_init(&out, 64);
    time_format(at, &out);
    HOLDS(time_parse(buf_str(&out), &back) && back == at);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct str text = str_make((const char *)bytes, len);
    if (len > 4096 || !utf8_valid(text)) return 0;
    look_at_number(text);
    look_at_date(text);
    return 0;
}
