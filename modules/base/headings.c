/* The words of headings.h. A line is: entities it holds for ("" = any), field, label, headers.
 * Headers are written as they compare: folded, ё as е, punctuation as blanks; several are parted by
 * |. */
#include "headings.h"

struct heading_words {
    const char *entities, *field, *label, *headers;
};

static const struct heading_words words[] = {
    /* Names of people. */
    {"contact lead", "full_name", NULL,
     "full name|name|fullname|client name|customer name|client|customer|contact name|person "
     "name|lead name|display name|contact|полное имя|фио|ф и о|полное имя контакта|клиент|"
     "контакт|контактное лицо|имя и фамилия|nombre|nom|nmae|имя клиента"},
    {"contact lead", "last_name", NULL,
     "last name|lastname|surname|family name|second name|фамилия|nachname|apellido"},
    {"contact lead", "first_name", NULL, "first name|firstname|given name|имя|vorname|prenom"},
    {"contact lead", "middle_name", NULL, "middle name|additional name|patronymic|отчество"},
    {"contact lead", "full_name", NULL, "имя"},
    {"contact", "job_title", NULL,
     "job title|title|position|occupation|должность|organization 1 title|organization title"},
    {"contact", "birthday", NULL, "birthday|birth date|date of birth|дата рождения|день рождения"},
    {"contact", "gender", NULL, "gender|sex|пол"},
    {"contact", "interest", NULL, "interest|interests|интерес|интересуется"},
    {"contact lead", "description", NULL,
     "notes|note|description|comment|comments|about|примечание|примечание "
     "1|комментарий|описание|notas|remarks"},
    {"contact", "organization.website", NULL,
     "associated company domain|company domain|company domain name|primary associated company "
     "domain"},
    {"deal", "organization.website", NULL,
     "associated company domain|company domain|company domain name|primary associated company "
     "domain"},
    {"contact", "organization", NULL,
     "company|company name|organization|organisation|organization name|organization 1 "
     "name|account|account name|associated company|"
     "компания|название компании|организация|компания "
     "контакта|empresa|firma|societe|entreprise|compny|employer"},
    {"lead", "organization_name", NULL,
     "company|company name|organization|organization name|account|account name|компания|название "
     "компании|организация|empresa|firma|entreprise|compny"},
    {"contact", "lifecycle_stage", NULL, "lifecycle stage|lifecyclestage|этап жизненного цикла"},
    /* Ways to reach. */
    {"contact lead organization user", "emails", "work",
     "work email|business email|рабочий email|рабочий e mail|email рабочий|работа email"},
    {"contact lead organization user", "emails", "home",
     "personal email|home email|личный email|домашний email|частный e mail"},
    {"contact lead organization user", "emails", "other",
     "other email|secondary email|другой email"},
    {"contact lead organization user", "emails", NULL,
     "email|e mail|email address|lead email|client email|customer email|e mail "
     "address|mail|emails|user email|email 1 value|e mail 2 address|e mail 3 address|email 2 "
     "address|"
     "email 3 address|эл почта|почта|электронная почта|емейл|имейл|correo|emial|адрес эл "
     "почты|ईमेल|البريد"},
    {"contact lead organization user", "phones", "mobile",
     "mobile|mobile phone|mobile phone number|cell|cell phone|mobile no|mobile "
     "number|мобильный|мобильный телефон|сотовый"},
    {"contact lead organization user", "phones", "work",
     "work phone|business phone|business phone 2|office phone|рабочий телефон|рабочий прямой "
     "телефон|company main phone|рабочий"},
    {"contact lead organization user", "phones", "home",
     "home phone|home phone 2|домашний телефон"},
    {"contact lead organization user", "phones", "fax", "fax|business fax|home fax|факс"},
    {"contact lead organization user", "phones", "other", "other phone|другой телефон|pager"},
    {"contact lead organization user", "phones", "whatsapp", "whatsapp|whatsapp number"},
    {"contact lead organization user", "phones", NULL,
     "phone|phone number|lead phone|client phone|customer phone|telephone|tel|phones|user "
     "phone|phone 1 value|primary phone|contact phone|контактный телефон|телефон|тел|telefono|"
     "telephone number|phne|номер телефона|फोन|الهاتف"},
    {"contact", "messengers", "skype", "skype"},
    {"contact", "messengers", "icq", "icq"},
    {"contact", "messengers", "jabber", "jabber"},
    {"contact", "messengers", "telegram", "telegram|телеграм"},
    {"contact", "messengers", NULL, "im|messenger|другой im|google talk|msn"},
    {"contact organization", "addresses", "work", "business address|office address|work address"},
    {"contact organization", "addresses", "home", "home address|домашний адрес"},
    {"contact organization", "addresses", "other", "other address"},
    {"contact organization", "addresses", NULL,
     "address|street address|mailing address|адрес|addresses"},
    /* Organizations. */
    {"organization", "name", NULL,
     "name|company|company name|organization|organization name|account|account "
     "name|название|название компании|компания|организация|наименование|клиент"},
    {"organization", "legal_name", NULL, "legal name|юридическое название|полное наименование"},
    {"organization", "website", NULL,
     "company domain name|domain|website|web|url|homepage|website url|сайт|веб сайт"},
    {"organization", "industry", NULL, "industry|sector|отрасль|сфера деятельности"},
    {"organization", "employees", NULL,
     "number of employees|employees|employee count|company size|сотрудников|количество "
     "сотрудников"},
    {"organization", "annual_revenue", NULL,
     "annual revenue|revenue|выручка|годовая выручка|оборот"},
    {"organization", "founded_year", NULL,
     "founded|founded year|year founded|year established|год основания"},
    {"organization", "country", NULL, "country|country region|страна"},
    {"organization", "tax_id", NULL, "tax id|vat|vat number|inn|инн|tax number"},
    {"organization", "registration_number", NULL, "registration number|ogrn|огрн"},
    {"organization", "parent", NULL,
     "parent|parent company|parent account|subsidiary of|головная организация|холдинг"},
    {"organization", "description", NULL,
     "notes|description|about|примечание|описание|комментарий|примечание 1"},
    /* Deals and leads. */
    {"deal", "name", NULL,
     "name|deal|deal name|opportunity|opportunity name|название сделки|сделка|название|тема"},
    {"deal", "amount", NULL,
     "amount|value|deal value|close value|budget|сумма|бюджет|сумма сделки"},
    {"lead", "amount", NULL, "amount|budget|value|бюджет|сумма"},
    {"deal lead", "stage", NULL,
     "stage|deal stage|lead status|status|этап|этап сделки|стадия|стадия сделки|статус"},
    {"deal lead", "pipeline", NULL, "pipeline|воронка|направление"},
    {"deal", "closed_on", NULL, "close date|closed|closed on|close|дата закрытия"},
    {"deal", "started_on", NULL,
     "start date|create date|engage date|created|дата создания сделки|дата создания|дата начала"},
    {"deal", "expected_on", NULL,
     "expected close|expected close date|предполагаемая дата закрытия"},
    {"deal", "organization", NULL,
     "company|account|account name|organization|компания|организация|associated company"},
    {"deal", "contact.emails", NULL, "associated contact email|contact email"},
    {"deal", "contact", NULL,
     "contact|contact name|associated contact|полное имя контакта|контакт|клиент|основной контакт"},
    {"deal", "lost_reason", NULL,
     "closed lost reason|lost reason|loss reason|причина отказа|причина проигрыша"},
    {"lead", "lost_reason", NULL, "lost reason|причина отказа"},
    {"deal", "product", NULL, "main product"},
    {"deal", "probability", NULL, "probability|вероятность"},
    {"deal", "description", NULL, "notes|description|примечание|описание|комментарий"},
    {"deal", "next_step", NULL, "next step|следующий шаг"},
    {"lead", "interest", NULL,
     "interest|interested|interested in|product|product "
     "interest|property|интерес|интересует|товар"},
    {"lead", "form", NULL, "form name|form|форма"},
    {"lead", "score", NULL, "score|lead score|оценка"},
    {"lead", "utm_campaign", NULL, "campaign|campaign name"},
    {"lead", "utm_term", NULL, "keyword|keyword text"},
    {"lead", "utm_source", NULL, "platform"},
    {"contact lead deal organization", "source", NULL,
     "source|lead source|leadsource|original source|data source|источник|откуда"},
    /* Products. */
    {"product", "name", NULL, "name|product|product name|title|название|товар|наименование"},
    {"product", "code", NULL, "code|sku|article|product code|артикул|код"},
    {"product", "price", NULL, "price|sales price|unit price|msrp|цена"},
    {"product", "cost", NULL, "cost|себестоимость|закупочная цена"},
    {"product", "category", NULL, "category|family|категория|группа"},
    {"product", "series", NULL, "series|серия"},
    {"product", "description", NULL, "description|описание"},
    /* Activities. */
    {"activity", "kind", NULL, "activity type|type|kind|тип|вид"},
    {"activity", "subject", NULL, "subject|title|call meeting title subject|тема|название"},
    {"activity", "body", NULL,
     "notes|body|notes description|description|текст|описание|комментарий"},
    {"activity", "done_at", NULL, "activity date|date|done|дата"},
    {"activity", "due_at", NULL, "due date|task due date|due|срок|начало оказания услуги"},
    {"activity", "status", NULL, "status|task status|состояние|статус"},
    {"activity", "outcome", NULL, "call outcome|outcome|результат"},
    {"activity", "about.contact.emails", NULL, "associated contact email"},
    {"activity", "participants.emails", NULL, "contact email"},
    /* Everywhere. */
    {"", "owner", NULL,
     "owner|lead owner|deal owner|contact owner|company owner|account owner|activity "
     "owner|assigned to|sales rep|sales agent|ответственный|владелец|менеджер"},
    {"", "tags", NULL, "tags|labels|categories|group membership|теги|метки"},
    {"", "external_id", NULL,
     "id|external id|record id|lead id|contact id|deal id|company id|opportunity id|activity "
     "id|account id|apiid|код"},
};

struct crm_str heading_normalise(const struct crm_base *base, struct crm_arena *a,
                                 struct crm_str header) {
    struct crm_str key = base->fold_key(a, header);
    if (!key.ptr) return key;
    char *out = (char *)(uintptr_t)key.ptr;
    size_t len = 0;
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool is_word = (uint8_t)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_word)
            out[len++] = c;
        else if (len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    return crm_str_make(out, len);
}

/* Is `word` one of the parts of `list`? */
static bool is_part(const char *list, char separator, struct crm_str word) {
    for (const char *at = list; *at;) {
        const char *end = strchr(at, separator);
        size_t len = end ? (size_t)(end - at) : strlen(at);
        if (len == word.len && memcmp(at, word.ptr, len) == 0) return true;
        at += len + (end != NULL);
    }
    return false;
}

bool heading_meaning(struct crm_str normalised, struct crm_str entity, size_t position,
                     struct heading *ret) {
    size_t seen = 0;
    if (normalised.len == 0) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].entities[0] && !is_part(words[i].entities, ' ', entity)) continue;
        if (!is_part(words[i].headers, '|', normalised) || seen++ < position) continue;
        *ret = (struct heading){words[i].field, words[i].label};
        return true;
    }
    return false;
}
