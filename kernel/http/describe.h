/* Words of the OpenAPI document that several routes share: JSON texts for `query_schema` (parameter
 * objects, comma-separated), `body_schema` and `answer_schema` of a route. Constants only. */
#ifndef HTTP_DESCRIBE_H
#define HTTP_DESCRIBE_H

#define DESCRIBE_TEXT               "{\"type\":\"string\"}"
#define DESCRIBE_FLAG               "{\"type\":\"string\",\"enum\":[\"0\",\"1\",\"true\",\"false\"]}"
#define DESCRIBE_MOMENT             "{\"type\":\"string\",\"format\":\"date-time\"}"
#define DESCRIBE_LIST(items)        "{\"type\":\"array\",\"items\":" items "}"
#define DESCRIBE_OBJECT(properties) "{\"type\":\"object\",\"properties\":{" properties "}}"
#define DESCRIBE_OBJECTS(properties)                                                               \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{" properties "}}}"
#define DESCRIBE_MAP(items)    "{\"type\":\"object\",\"additionalProperties\":" items "}"
#define DESCRIBE_ANY_OBJECT    "{\"type\":\"object\"}"
#define DESCRIBE_OR_NULL(type) "{\"type\":[\"" type "\",\"null\"]}"

#define DESCRIBE_QUERY(name, schema, text)                                                         \
    "{\"name\":\"" name "\",\"in\":\"query\",\"description\":\"" text "\",\"schema\":" schema "}"
#define DESCRIBE_FIELDS                                                                            \
    DESCRIBE_QUERY("fields", DESCRIBE_TEXT, "Names of fields and dotted paths, comma-separated")
#define DESCRIBE_DRY   DESCRIBE_QUERY("dry", DESCRIBE_FLAG, "Validate without writing")
#define DESCRIBE_AS_OF DESCRIBE_QUERY("as_of", DESCRIBE_MOMENT, "As things were at that moment")
#define DESCRIBE_PAGE(most)                                                                        \
    DESCRIBE_QUERY("limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":" most "}",           \
                   "How many at most")                                                             \
    "," DESCRIBE_QUERY("after", DESCRIBE_TEXT, "The cursor that the page before ended with")

#define DESCRIBE_NEXT "\"next\":" DESCRIBE_OR_NULL("string")
#define DESCRIBE_RECORDS                                                                           \
    DESCRIBE_OBJECT("\"records\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT) "," DESCRIBE_NEXT)
#define DESCRIBE_RECORD                                                                            \
    DESCRIBE_OBJECT("\"id\":" DESCRIBE_TEXT ",\"version\":{\"type\":\"integer\"}")
#define DESCRIBE_CHANGESET "\"changeset\":" DESCRIBE_OR_NULL("string")

#endif
