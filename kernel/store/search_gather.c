/* See search_gather.h.
 *
 * FTS5 steps through the rows of a word, or of a beginning of two or three letters, without work in
 * advance; for a longer beginning it first merges the rows of every word that begins so, which
 * takes half a second for a million rows. So long words are first asked for by three letters only
 * and rows are checked against their texts. Some of the rows, taken evenly from all that were
 * found, are enough to show which words are rare: those are then asked for in full, which is cheap
 * because they are rare and spares reading the other texts. Without a rare word all texts are read;
 * if that gives too few hits, they tell better what is rare, and it is asked once more.
 *
 * A word may be rare beside the other words and frequent without them. A scan that came to its end
 * could do without the second, so there a word is asked for in full only if few rows have its three
 * letters.
 *
 * A viewer with limited rights is asked for twice: among all records, and among those marked with
 * him and his teams, so that other people's records cannot use the cap up. */
#include "store/search_gather.h"

#include "base/unicode.h"
#include "store/search_table.h"

enum {
    CANDIDATES_MAX = 1000,
    SCAN_MAX = 2000,
    ENOUGH = 200,
    SHORT_LETTERS = 3,
    RARE_SHARE = 50,
    SAMPLE_MIN = 50,
    SAMPLE_ROWS = 100,
    CHEAP_MAX = 4000
};

enum word_mode { WORD_SHORT, WORD_BEGINNING, WORD_WHOLE };

/* FTS5: ("mark" OR "mark") AND "word" * AND ...; tsquery: ('mark'|'mark')&'word':*&... */
struct match_signs {
    const char *quote, *beginning, *and, * or ;
};
static const struct match_signs fts5_signs = {"\"", "\" *", " AND ", " OR "};
static const struct match_signs tsquery_signs = {"'", "':*", " & ", " | "};

struct scan {
    enum word_mode modes[SEARCH_WORDS_MAX];
    bool mine;         /* among the viewer's own only */
    bool check;        /* rows may lack a word */
    uint32_t left_out; /* bit i: word i is not asked for */
    size_t limit;
    /* what it saw */
    int64_t *ids;
    size_t scanned, visible, kept;
    size_t has[SEARCH_WORDS_MAX];
};

/* ---- the question ------------------------------------------------------------------------ */
static bool is_postgres(const struct search_gather *g) {
    return g->conn->driver->dialect == SQL_POSTGRES;
}

static size_t letters(struct str word) {
    size_t count = 0;
    for (size_t i = 0; i < word.len; i++)
        count += ((unsigned char)word.ptr[i] & 0xC0) != 0x80;
    return count;
}

static struct str first_letters(struct str word) {
    size_t count = 0;
    for (size_t i = 0; i < word.len; i++)
        if (((unsigned char)word.ptr[i] & 0xC0) != 0x80 && count++ == SHORT_LETTERS)
            return str_make(word.ptr, i);
    return word;
}

static void add_mark(struct buf *out, const struct match_signs *m, char kind, int64_t id,
                     bool *first) {
    if (!*first) buf_add_cstr(out, m->or);
    *first = false;
    buf_add_cstr(out, m->quote);
    search_add_mark(out, kind, id);
    buf_add_cstr(out, m->quote);
}

static void add_mine(struct buf *out, const struct match_signs *m, const struct actor *actor) {
    bool first = true;
    buf_add_char(out, '(');
    add_mark(out, m, 'o', actor->user, &first);
    if (actor->team) add_mark(out, m, 't', actor->team, &first);
    for (size_t i = 0; i < actor->tree_count && i < SEARCH_TEAMS_MAX; i++)
        if (actor->tree[i].integer != actor->team)
            add_mark(out, m, 't', actor->tree[i].integer, &first);
    buf_add_char(out, ')');
    buf_add_cstr(out, m->and);
}

static struct str match_text(const struct search_gather *g, const struct scan *scan) {
    const struct match_signs *m = is_postgres(g) ? &tsquery_signs : &fts5_signs;
    struct buf out BUF_CLEANUP;
    buf_init(&out, 16384);
    const char *between = "";
    if (scan->mine) add_mine(&out, m, &g->access->actor);
    for (size_t i = 0; i < g->words->count; i++) {
        struct str word = g->words->words[i];
        if (scan->left_out >> i & 1) continue;
        buf_add_cstr(&out, between);
        between = m->and;
        buf_add_cstr(&out, m->quote);
        buf_add_str(&out, scan->modes[i] == WORD_SHORT ? first_letters(word) : word);
        buf_add_cstr(&out, scan->modes[i] == WORD_WHOLE ? m->quote : m->beginning);
    }
    return out.status == CRM_OK ? arena_str(g->arena, buf_str(&out)) : STR_NONE;
}

/* With detail=none the whole table is asked, never its column. */
static void add_match(struct sql *s, const struct schema_entity *e, const char *suffix,
                      struct str text) {
    sql_name2(s, e->table, suffix);
    sql_add(s, " MATCH ");
    sql_param(s, store_text(text));
}

static crm_status words_query(const struct search_gather *g, const struct scan *scan, struct sql *s,
                              struct err *err) {
    struct str text = match_text(g, scan);
    if (!text.ptr) return err_no_memory(err);
    sql_add(s, is_postgres(g) ? "SELECT id FROM " : "SELECT rowid FROM ");
    sql_search_table(s, g->entity);
    sql_add(s, " WHERE ");
    if (is_postgres(g)) {
        sql_add(s, "words @@ ");
        sql_param(s, store_text(text));
        sql_add(s, "::tsquery ORDER BY id DESC LIMIT ");
    } else {
        add_match(s, g->entity, "_search", text);
        sql_add(s, " ORDER BY rowid DESC LIMIT ");
    }
    sql_param(s, store_int((int64_t)scan->limit));
    return CRM_OK;
}

/* ---- rows -------------------------------------------------------------------------------- */
/* Which words stand in what the viewer may see. */
static crm_status words_of(const struct search_gather *g, const struct search_text_row *row,
                           uint32_t *ret, struct err *err) {
    struct arena *scratch = &g->conn->scratch;
    uint32_t found = 0;
    for (size_t i = 0; i < row->text_count; i++) {
        struct str folded = fold_text_arena(scratch, row->texts[i]);
        if (!folded.ptr) return err_no_memory(err);
        found |= search_words_in(g->words, folded, g->entity->substring_search);
    }
    *ret = found;
    return CRM_OK;
}

static crm_status keep_row(struct search_gather *g, const struct search_text_row *row,
                           struct err *err) {
    struct search_text_row *rows =
        arena_grow(g->arena, g->rows, g->count, &g->capacity, sizeof *rows);
    if (!rows) return err_no_memory(err);
    g->rows = rows;
    rows[g->count++] = *row;
    return CRM_OK;
}

static crm_status take_row(struct search_gather *g, struct scan *scan,
                           const struct search_text_row *row, struct err *err) {
    uint32_t found = search_words_all(g->words);
    crm_status status = CRM_OK;
    if (!row->visible) return CRM_OK;
    if (scan->check) status = words_of(g, row, &found, err);
    if (status != CRM_OK) return status;
    scan->visible++;
    for (size_t i = 0; i < g->words->count; i++)
        scan->has[i] += found >> i & 1;
    if (found != search_words_all(g->words)) return CRM_OK;
    scan->kept++;
    return keep_row(g, row, err);
}

static crm_status take_rows(struct search_gather *g, struct scan *scan, const int64_t *ids,
                            size_t count, struct err *err) {
    struct search_text_row *rows = ARENA_ARRAY(g->arena, count + 1, struct search_text_row);
    if (!rows) return err_no_memory(err);
    crm_status status = search_texts_load(g->conn, g->access, g->entity, ids, count, scan->check,
                                          g->arena, rows, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = take_row(g, scan, &rows[i], err);
    return status;
}

static crm_status find_rows(struct search_gather *g, struct scan *scan, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, g->conn->driver->dialect, g->arena);
    crm_status status = words_query(g, scan, &s, err);
    return status == CRM_OK ? store_collect_ids(g->conn, &s, g->arena, scan->limit, &scan->ids,
                                                &scan->scanned, err)
                            : status;
}

static crm_status run_scan(struct search_gather *g, struct scan *scan, struct err *err) {
    crm_status status = find_rows(g, scan, err);
    return status == CRM_OK ? take_rows(g, scan, scan->ids, scan->scanned, err) : status;
}

/* ---- scans ------------------------------------------------------------------------------- */
static bool has_long_word(const struct search_gather *g) {
    for (size_t i = 0; i < g->words->count; i++)
        if (letters(g->words->words[i]) > SHORT_LETTERS) return true;
    return false;
}

/* What the first scan taught: rare words in full, frequent ones go on by their first letters. With
 * too few visible rows nothing is known, and whole words are the only cheap question. */
static void choose_modes(const struct search_gather *g, const struct scan *first,
                         struct scan *second) {
    for (size_t i = 0; i < g->words->count; i++) {
        bool rare = first->has[i] * RARE_SHARE < first->visible;
        second->modes[i] = letters(g->words->words[i]) <= SHORT_LETTERS ? WORD_SHORT
                           : first->visible < SAMPLE_MIN                ? WORD_WHOLE
                           : rare                                       ? WORD_BEGINNING
                                                                        : WORD_SHORT;
    }
}

/* Leaves in full only the words of which it is certain that few rows begin so. */
static crm_status keep_cheap(struct search_gather *g, struct scan *second, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < g->words->count; i++) {
        struct scan alone = {.left_out = search_words_all(g->words) & ~(UINT32_C(1) << i),
                             .limit = CHEAP_MAX};
        if (second->modes[i] != WORD_BEGINNING) continue;
        status = find_rows(g, &alone, err);
        if (alone.scanned == alone.limit) second->modes[i] = WORD_SHORT;
    }
    return status;
}

/* Reads some of the rows that were found, and tells `second` what is rare among them; what they had
 * is found again. *ret_rare: a word is asked for in full. */
static crm_status try_sample(struct search_gather *g, const struct scan *first, struct scan *second,
                             bool *ret_rare, struct err *err) {
    struct scan sample = {.check = true};
    int64_t ids[SAMPLE_ROWS];
    size_t kept = g->count;
    *ret_rare = false;
    if (first->scanned < 2 * SAMPLE_ROWS) return CRM_OK;
    for (size_t i = 0; i < SAMPLE_ROWS; i++)
        ids[i] = first->ids[i * first->scanned / SAMPLE_ROWS];
    crm_status status = take_rows(g, &sample, ids, SAMPLE_ROWS, err);
    g->count = kept;
    if (status != CRM_OK || sample.visible < SAMPLE_MIN) return status;
    choose_modes(g, &sample, second);
    if (first->scanned < first->limit) status = keep_cheap(g, second, err);
    for (size_t i = 0; i < g->words->count; i++)
        *ret_rare |= second->modes[i] == WORD_BEGINNING;
    return status;
}

static crm_status scan_words(struct search_gather *g, bool mine, bool check, struct err *err) {
    if (is_postgres(g) || !has_long_word(g)) {
        struct scan plain = {.mine = mine, .check = check, .limit = CANDIDATES_MAX};
        for (size_t i = 0; i < g->words->count; i++)
            plain.modes[i] = WORD_BEGINNING;
        return run_scan(g, &plain, err);
    }
    struct scan first = {.mine = mine, .check = true, .limit = SCAN_MAX},
                second = first; /* modes: WORD_SHORT */
    bool rare = false;
    crm_status status = find_rows(g, &first, err);
    if (status == CRM_OK) status = try_sample(g, &first, &second, &rare, err);
    if (status == CRM_OK && rare) return run_scan(g, &second, err);
    if (status == CRM_OK) status = take_rows(g, &first, first.ids, first.scanned, err);
    if (status != CRM_OK || first.scanned < first.limit || first.kept >= ENOUGH) return status;
    choose_modes(g, &first, &second);
    return run_scan(g, &second, err);
}

/* ---- parts of words ---------------------------------------------------------------------- */
/* The trigrams of all words, as one FTS5 question; empty when a word has none. */
static struct str trigrams(const struct search_gather *g) {
    struct buf out BUF_CLEANUP;
    buf_init(&out, 32768);
    for (size_t i = 0; i < g->words->count; i++) {
        struct str word = g->words->words[i];
        size_t at[SHORT_LETTERS] = {0}, seen = 0;
        for (size_t k = 0; k <= word.len; k++) {
            if (k < word.len && ((unsigned char)word.ptr[k] & 0xC0) == 0x80) continue;
            if (seen >= SHORT_LETTERS) {
                if (out.len) buf_add_cstr(&out, " AND ");
                buf_add_char(&out, '"');
                buf_add(&out, word.ptr + at[0], k - at[0]);
                buf_add_char(&out, '"');
            }
            at[0] = at[1];
            at[1] = at[2];
            at[2] = k;
            seen++;
        }
        if (seen <= SHORT_LETTERS) return STR_NONE;
    }
    return out.status == CRM_OK ? arena_str(g->arena, buf_str(&out)) : STR_NONE;
}

/* Words hold letters and digits only, so none is a sign of LIKE. */
static crm_status add_likes(const struct search_gather *g, struct sql *s, struct err *err) {
    for (size_t i = 0; i < g->words->count; i++) {
        struct str pattern = arena_printf(g->arena, "%%%.*s%%", STR_ARG(g->words->words[i]));
        if (!pattern.ptr) return err_no_memory(err);
        sql_add(s, i ? " AND body LIKE " : "body LIKE ");
        sql_param(s, store_text(pattern));
    }
    return CRM_OK;
}

static crm_status scan_parts(struct search_gather *g, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct scan scan = {.check = true, .limit = CANDIDATES_MAX};
    struct str text = trigrams(g);
    int64_t *ids = NULL;
    crm_status status = CRM_OK;
    sql_init(&s, g->conn->driver->dialect, g->arena);
    if (text.len == 0) return CRM_OK; /* too short for this index */
    if (is_postgres(g)) {
        sql_add(&s, "SELECT id FROM ");
        sql_search_table(&s, g->entity);
        sql_add(&s, " WHERE ");
        status = add_likes(g, &s, err);
        sql_add(&s, " ORDER BY id DESC LIMIT ");
    } else {
        sql_add(&s, "SELECT rowid FROM ");
        sql_trigram_table(&s, g->entity);
        sql_add(&s, " WHERE ");
        add_match(&s, g->entity, "_trigram", text);
        sql_add(&s, " ORDER BY rowid DESC LIMIT ");
    }
    sql_param(&s, store_int(CANDIDATES_MAX));
    if (status == CRM_OK)
        status = store_collect_ids(g->conn, &s, g->arena, scan.limit, &ids, &scan.scanned, err);
    return status == CRM_OK ? take_rows(g, &scan, ids, scan.scanned, err) : status;
}

crm_status search_gather(struct search_gather *g, struct err *err) {
    bool limited = !access_is_all(access_rows(g->access, SCHEMA_ACTION_READ, g->entity)) &&
                   g->access->actor.user;
    bool check = g->entity->substring_search || search_has_hidden(g->access, g->entity);
    crm_status status = limited ? scan_words(g, true, check, err) : CRM_OK;
    if (status == CRM_OK) status = scan_words(g, false, check, err);
    return status == CRM_OK && g->entity->substring_search ? scan_parts(g, err) : status;
}
