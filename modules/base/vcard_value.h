/* One line of a vCard taken apart: name, the parameters that matter, value; and what values are
 * written in. Threads: any; everything borrowed from the line. */
#ifndef MODULES_BASE_VCARD_VALUE_H
#define MODULES_BASE_VCARD_VALUE_H

#include "bytes.h"

enum {
    VCARD_TYPE_WORK = 1,
    VCARD_TYPE_HOME = 2,
    VCARD_TYPE_CELL = 4,
    VCARD_TYPE_FAX = 8,
    VCARD_TYPE_PREF = 16
};

struct vcard_line {
    const char *name; /* without its group */
    size_t name_len;
    unsigned types;
    bool is_quoted_printable, is_base64;
    char charset[32]; /* "" = none is named */
    const char *value;
    size_t value_len;
};

/* False: no property. */
bool vcard_line_parse(const char *line, size_t len, struct vcard_line *ret);
bool vcard_is(const struct vcard_line *l, const char *name);
/* Of a line that may not be whole yet. */
bool vcard_is_quoted_printable(const char *line, size_t len);
void vcard_quoted_printable(const char *ptr, size_t len, struct bytes *out);
/* Up to an unescaped `mark`. */
size_t vcard_part_length(const char *ptr, size_t len, char mark);
void vcard_unescape(const char *ptr, size_t len, struct bytes *out);
/* In place; the new length. */
size_t vcard_percent_decode(char *ptr, size_t len);
/* 19850412 and 1985-04-12, whatever the time behind, as 1985-04-12; false: no whole day. */
bool vcard_date(const char *ptr, size_t len, char ret[16]);

#endif
