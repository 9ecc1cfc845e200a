/* Nodes as Lua source, as a person would write them: small tables on one line, large ones with an
 * entry a line, names without quotes, a field by its constructor. Threads: any. */
#include "base/number.h"
#include "schema/read.h"
#include "schema/write.h"

enum { ONE_LINE_BYTES = 90, INDENT = 2 };

static void put_text(struct buf *out, struct str s) {
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\') buf_add_char(out, '\\');
        if (c == '\n')
            buf_add_cstr(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\%03u", c);
        else
            buf_add_char(out, (char)c);
    }
    buf_add_char(out, '"');
}

static bool is_name(struct str s) {
    static const char *const words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                        "false", "for",   "function", "goto", "if",     "in",
                                        "local", "nil",   "not",      "or",   "repeat", "return",
                                        "then",  "true",  "until",    "while"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_is(s, words[i])) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return s.len > 0;
}

static void put_key(struct buf *out, struct str key) {
    if (is_name(key)) {
        buf_add_str(out, key);
    } else {
        buf_add_char(out, '[');
        put_text(out, key);
        buf_add_char(out, ']');
    }
    buf_add_cstr(out, " = ");
}

static void put_node(struct buf *out, const struct schema_node *n, int indent, bool fields);

static void new_line(struct buf *out, int indent) {
    buf_add_char(out, '\n');
    for (int i = 0; i < indent * INDENT; i++)
        buf_add_char(out, ' ');
}

static size_t entry_count(const struct schema_node *n) {
    return n->kind == SCHEMA_NODE_LIST ? n->list.count : n->map.count;
}

/* `broken`: one entry a line. `skip`: the key that the constructor has taken. */
static void put_entries(struct buf *out, const struct schema_node *n, int indent, bool broken,
                        bool fields, const char *skip) {
    bool first = true;
    buf_add_char(out, '{');
    for (size_t i = 0; i < entry_count(n); i++) {
        bool is_map = n->kind == SCHEMA_NODE_MAP;
        const struct schema_node *value = is_map ? &n->map.entries[i].value : &n->list.items[i];
        if (is_map && skip && str_is(n->map.entries[i].key, skip)) continue;
        if (!broken) buf_add_cstr(out, first ? " " : ", ");
        if (broken) new_line(out, indent + 1);
        if (is_map) put_key(out, n->map.entries[i].key);
        put_node(out, value, indent + 1,
                 fields ? false : is_map && str_is(n->map.entries[i].key, "fields"));
        if (broken) buf_add_char(out, ',');
        first = false;
    }
    if (broken)
        new_line(out, indent);
    else if (!first)
        buf_add_char(out, ' ');
    buf_add_char(out, '}');
}

static bool is_field(const struct schema_node *n) {
    enum schema_field_type type;
    enum schema_labelled_kind labelled;
    const struct schema_node *word = schema_node_get(n, "type");
    return word && word->kind == SCHEMA_NODE_TEXT &&
           schema_read_constructor(word->text, &type, &labelled);
}

static void put_table(struct buf *out, const struct schema_node *n, int indent, bool fields,
                      const char *skip) {
    size_t before = out->len;
    put_entries(out, n, indent, false, fields, skip);
    if (out->len - before <= ONE_LINE_BYTES && !fields) return;
    out->len = before;
    put_entries(out, n, indent, true, fields, skip);
}

/* `ref { entity = "user" }`: the constructor before what is left. */
static void put_field(struct buf *out, const struct schema_node *n, int indent) {
    buf_add_str(out, schema_node_get(n, "type")->text);
    buf_add_char(out, ' ');
    put_table(out, n, indent, false, "type");
}

/* `fields`: the values of this map are fields. */
static void put_map(struct buf *out, const struct schema_node *n, int indent, bool fields) {
    if (!fields) {
        put_table(out, n, indent, false, NULL);
        return;
    }
    buf_add_char(out, '{');
    for (size_t i = 0; i < n->map.count; i++) {
        const struct schema_node *value = &n->map.entries[i].value;
        new_line(out, indent + 1);
        put_key(out, n->map.entries[i].key);
        if (value->kind == SCHEMA_NODE_MAP && is_field(value))
            put_field(out, value, indent + 1);
        else
            put_node(out, value, indent + 1, false);
        buf_add_char(out, ',');
    }
    new_line(out, indent);
    buf_add_char(out, '}');
}

static void put_node(struct buf *out, const struct schema_node *n, int indent, bool fields) {
    switch (n->kind) {
    case SCHEMA_NODE_NIL:
        buf_add_cstr(out, "nil");
        break;
    case SCHEMA_NODE_BOOLEAN:
        buf_add_str(out, n->boolean ? STR("true") : STR("false"));
        break;
    case SCHEMA_NODE_INTEGER:
        buf_add_int64(out, n->integer);
        break;
    case SCHEMA_NODE_DECIMAL:
        decimal_format(n->integer, -1, out);
        break;
    case SCHEMA_NODE_TEXT:
        put_text(out, n->text);
        break;
    case SCHEMA_NODE_LIST:
        put_table(out, n, indent, false, NULL);
        break;
    case SCHEMA_NODE_MAP:
        put_map(out, n, indent, fields);
        break;
    }
}

void schema_node_lua(const struct schema_node *n, const char *kind, struct str name,
                     struct buf *out) {
    buf_add_str(out, str_from(kind));
    if (name.len) {
        buf_add_char(out, ' ');
        put_text(out, name);
    }
    buf_add_char(out, ' ');
    put_node(out, n, 0, false);
    buf_add_char(out, '\n');
}
