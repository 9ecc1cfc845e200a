/* Making the search tables of an entity.
 *
 * SQLite: FTS5 without content (the texts stand in the records), detail=none because only rows are
 * wanted, prefixes of 2 and 3 letters indexed. What goes in is folded words already, so the
 * tokenizer is `ascii`: it parts at blanks and takes every other letter as it is. PostgreSQL: one
 * tsvector a record made of the very same words, under GIN. With `substring` also the whole text:
 * FTS5 trigrams, or pg_trgm where the database has it. */
#include "store/search_table.h"

#include "store/structure.h"

static crm_status run(struct store_conn *c, struct sql *s, struct err *err) {
    crm_status status = sql_status(s, err);
    return status == CRM_OK ? store_exec_script(c, s->text.ptr, err) : status;
}

static bool has_parts(const struct schema_entity *e) {
    return e->substring_search || e->substring_filling;
}

static crm_status sqlite_search(struct store_conn *c, const struct schema_entity *e,
                                struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "CREATE VIRTUAL TABLE IF NOT EXISTS ");
    sql_search_table(&s, e);
    sql_add(&s, " USING fts5(words, content='', columnsize=0, detail=none, prefix='2 3',"
                " tokenize='ascii');");
    if (has_parts(e)) {
        sql_add(&s, "CREATE VIRTUAL TABLE IF NOT EXISTS ");
        sql_trigram_table(&s, e);
        sql_add(&s, " USING fts5(words, content='', columnsize=0, detail=none, tokenize='trigram "
                    "case_sensitive 1');");
    }
    return run(c, &s, err);
}

/* An extension that not every database may have: without it LIKE reads all rows, with the same
 * result. */
static crm_status postgres_trigrams(struct store_conn *c, const struct schema_entity *e,
                                    struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(
        &s,
        "SET LOCAL search_path = perigee, public, pg_catalog; DO $$ BEGIN"
        " CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA perigee; CREATE INDEX IF NOT EXISTS ");
    sql_name2(&s, e->table, "_search_body");
    sql_add(&s, " ON ");
    sql_search_table(&s, e);
    sql_add(&s, " USING gin (body gin_trgm_ops); EXCEPTION WHEN OTHERS THEN NULL; END $$");
    return run(c, &s, err);
}

static crm_status postgres_search(struct store_conn *c, const struct schema_entity *e,
                                  struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(&s, "CREATE TABLE IF NOT EXISTS ");
    sql_search_table(&s, e);
    sql_add(&s, " (id BIGINT PRIMARY KEY, words tsvector NOT NULL");
    if (has_parts(e)) sql_add(&s, ", body TEXT COLLATE \"C\"");
    sql_add(&s, ");");
    if (has_parts(e)) {
        sql_add(&s, " ALTER TABLE ");
        sql_search_table(&s, e);
        sql_add(&s, " ADD COLUMN IF NOT EXISTS body TEXT COLLATE \"C\";");
    }
    sql_add(&s, " CREATE INDEX IF NOT EXISTS ");
    sql_name2(&s, e->table, "_search_words");
    sql_add(&s, " ON ");
    sql_search_table(&s, e);
    sql_add(&s, " USING gin (words) WITH (fastupdate = off)");
    crm_status status = run(c, &s, err);
    return status == CRM_OK && has_parts(e) ? postgres_trigrams(c, e, err) : status;
}

crm_status structure_search(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    return c->driver->dialect == SQL_SQLITE ? sqlite_search(c, e, err) : postgres_search(c, e, err);
}
