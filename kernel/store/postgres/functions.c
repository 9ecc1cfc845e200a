/* SQL twins of the evaluator's arithmetic and calendar, in PL/pgSQL. Results equal base/number.h
 * and base/time.h; what leaves its range is SQLSTATE 22003, as bigint's own overflow is.
 *
 * Moments become local dates through two arrays, the starts of the zone's offsets and the offsets,
 * which come with the statement: the kernel's time zone data decide, never the server's. */
#include "store/postgres/functions.h"

#include "store/postgres/fold.h"

/* In the order of their making: later ones call earlier ones. */
static const struct {
    const char *signature, *returns, *body;
} functions[] = {
    {"crm_div(a numeric, b numeric)", "bigint",
     "DECLARE q numeric; r numeric;\n"
     "BEGIN\n"
     "  IF b = 0 THEN RETURN NULL; END IF;\n"
     "  q := div(a, b);\n"
     "  r := abs(a - q * b) * 2;\n"
     "  IF r > abs(b) OR (r = abs(b) AND q % 2 <> 0) THEN\n"
     "    q := q + CASE WHEN (a < 0) <> (b < 0) THEN -1 ELSE 1 END;\n"
     "  END IF;\n"
     "  RETURN q::bigint;\n"
     "END"},
    /* joined by || before */
    {"crm_concat(t text)", "text",
     "BEGIN\n"
     "  IF octet_length(t) > 1000000 THEN\n"
     "    RAISE EXCEPTION 'text out of range' USING ERRCODE = '22003';\n"
     "  END IF;\n"
     "  RETURN t;\n"
     "END"},
    {"crm_decimal_text(a bigint)", "text",
     "BEGIN RETURN trim_scale(a::numeric * 0.000001)::text; END"},
    {"crm_date(d bigint)", "bigint",
     "BEGIN\n"
     "  IF d < -719162 OR d > 2932896 THEN\n"
     "    RAISE EXCEPTION 'date out of range' USING ERRCODE = '22003';\n"
     "  END IF;\n"
     "  RETURN d;\n"
     "END"},
    {"crm_date_text(d bigint)", "text",
     "BEGIN RETURN to_char(date '1970-01-01' + d::integer, 'YYYY-MM-DD'); END"},
    /* months counted from year 0, and the day of the month that is wanted */
    {"crm_month_day(months bigint, day integer)", "bigint",
     "DECLARE y bigint; first date; last integer;\n"
     "BEGIN\n"
     "  y := CASE WHEN months < 0 THEN -1 ELSE months / 12 END;\n"
     "  IF y < 1 OR y > 9999 THEN RAISE EXCEPTION 'date out of range' USING ERRCODE = '22003'; END "
     "IF;\n"
     "  first := make_date(y::integer, (months % 12)::integer + 1, 1);\n"
     "  last := extract(day FROM first + interval '1 month -1 day')::integer;\n"
     "  RETURN (first - date '1970-01-01') + least(day, last) - 1;\n"
     "END"},
    /* unit: 0 day, 1 week, 2 month, 3 quarter, 4 year */
    {"crm_date_add(d bigint, n bigint, unit integer)", "bigint",
     "DECLARE at date;\n"
     "BEGIN\n"
     "  IF n > 4000000 OR n < -4000000 THEN RETURN perigee.crm_date(4000000); END IF;\n"
     "  IF unit = 0 THEN RETURN perigee.crm_date(d + n); END IF;\n"
     "  IF unit = 1 THEN RETURN perigee.crm_date(d + n * 7); END IF;\n"
     "  at := date '1970-01-01' + d::integer;\n"
     "  RETURN perigee.crm_month_day(extract(year FROM at)::bigint * 12 + extract(month FROM "
     "at)::bigint - 1\n"
     "    + n * CASE unit WHEN 2 THEN 1 WHEN 3 THEN 3 ELSE 12 END, extract(day FROM "
     "at)::integer);\n"
     "END"},
    {"crm_period(d bigint, unit integer, week_start integer, fiscal_month integer)", "bigint",
     "DECLARE at date; back integer;\n"
     "BEGIN\n"
     "  IF unit = 0 THEN RETURN perigee.crm_date(d); END IF;\n"
     "  IF unit = 1 THEN\n"
     "    RETURN perigee.crm_date(d - ((d % 7 + 10) % 7 + 8 - week_start) % 7);\n"
     "  END IF;\n"
     "  at := date '1970-01-01' + d::integer;\n"
     "  back := (extract(month FROM at)::integer - CASE unit WHEN 2 THEN 1 ELSE fiscal_month END + "
     "12)\n"
     "    % CASE unit WHEN 2 THEN 1 WHEN 3 THEN 3 ELSE 12 END;\n"
     "  RETURN perigee.crm_month_day(extract(year FROM at)::bigint * 12 + extract(month FROM "
     "at)::bigint - 1 - back, 1);\n"
     "END"},
    {"crm_local_date(ms bigint, starts bigint[], offsets bigint[])", "bigint",
     "DECLARE local bigint := ms + offsets[width_bucket(ms, starts)];\n"
     "BEGIN\n"
     "  RETURN local / 86400000 - CASE WHEN local % 86400000 < 0 THEN 1 ELSE 0 END;\n"
     "END"},
    /* The first moment of a day: where an offset in force gives its midnight, else where a change
     * skips it (zone_day_start in base/zone.c). */
    {"crm_day_start(d bigint, starts bigint[], offsets bigint[])", "bigint",
     "DECLARE local bigint := d * 86400000; moment bigint;\n"
     "  low integer := width_bucket(local - 86400000, starts); high integer := width_bucket(local "
     "+ 86400000, starts);\n"
     "BEGIN\n"
     "  FOR i IN low..high LOOP\n"
     "    moment := local - offsets[i];\n"
     "    IF width_bucket(moment, starts) = i THEN RETURN moment; END IF;\n"
     "  END LOOP;\n"
     "  FOR i IN low + 1..high LOOP\n"
     "    IF local < starts[i] + offsets[i] THEN RETURN starts[i]; END IF;\n"
     "  END LOOP;\n"
     "  RETURN local - offsets[high];\n"
     "END"},
};

crm_status postgres_functions_sql(struct buf *out, struct err *err) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        buf_add_cstr(out, "CREATE OR REPLACE FUNCTION perigee.");
        buf_add_cstr(out, functions[i].signature);
        buf_add_cstr(out, " RETURNS ");
        buf_add_cstr(out, functions[i].returns);
        buf_add_cstr(out, " LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$\n");
        buf_add_cstr(out, functions[i].body);
        buf_add_cstr(out, "\n$$;\n");
    }
    return postgres_fold_sql(out, err);
}
