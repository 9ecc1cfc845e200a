/* The words of demo_words.h. */
#include "demo_words.h"

#define LIST(...)                                                                                  \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)                      \
    }

const struct demo_words demo_words_en = {
    .first_names = LIST("Anna", "James", "Olivia", "Daniel", "Sofia", "Henry", "Grace", "Lucas",
                        "Emily", "Oscar", "Chloe", "Adam", "Nina", "Peter", "Laura", "Victor",
                        "Irene", "Simon", "Hannah", "Leo", "Marta", "Felix", "Ruth", "Paul"),
    .last_names = LIST("Kern", "Whitfield", "Moreau", "Lindqvist", "Okafor", "Brandt", "Castellano",
                       "Hughes", "Novak", "Sato", "Petrov", "Delgado", "Fischer", "Byrne", "Larsen",
                       "Romano", "Keller", "Ahmed", "Varga", "Nilsen", "Quinn", "Duarte", "Szabo",
                       "Meyer", "Costa", "Lang", "Reyes", "Holm"),
    .company_stems =
        LIST("Northwind", "Bluestone", "Alder", "Meridian", "Harbor", "Crestline", "Silverline",
             "Oakmont", "Lumen", "Vantage", "Granite", "Polaris", "Riverside", "Beacon", "Summit",
             "Halcyon", "Orchard", "Keystone", "Marlow", "Tidewater", "Sterling", "Juniper",
             "Cobalt", "Fairway", "Atlas"),
    .company_kinds = LIST("Logistics", "Foods", "Systems", "Industries", "Clinics", "Partners",
                          "Construction", "Retail", "Energy", "Textiles", "Media", "Pharma"),
    .industries = LIST("Logistics", "Food", "Software", "Manufacturing", "Healthcare", "Consulting",
                       "Construction", "Retail", "Energy", "Textiles", "Media", "Pharmaceuticals"),
    .countries = LIST("United States", "Germany", "United Kingdom", "France", "Spain",
                      "Netherlands", "Poland", "Sweden"),
    .titles = LIST("Purchasing manager", "Managing director", "Head of IT", "Office manager",
                   "Chief accountant", "Operations lead", "Marketing director", "Engineer"),
    .teams = LIST("North", "South", "West"),
    .needs = LIST("Annual supply", "Pilot project", "Fleet renewal", "Warehouse upgrade",
                  "Support contract", "Licence extension", "Office fit-out", "Training programme",
                  "Line modernisation", "Spare parts"),
    .subjects_task = LIST("Send the quote", "Prepare the contract", "Check the requirements",
                          "Ask for the company details", "Send the reference list"),
    .subjects_call = LIST("Talk about the offer", "Clarify the budget", "Follow up on the quote",
                          "First call", "Agree on the date"),
    .subjects_meeting = LIST("Product demonstration", "Visit on site", "Contract talk", "Kick-off"),
    .notes = LIST("The budget is decided next month.", "They compare us with two others.",
                  "Interested in a longer term.", "Delivery time matters more than price.",
                  "The decision is with the managing director."),
    .next_steps = LIST("Send the offer", "Call after the board meeting", "Arrange a demonstration",
                       "Agree on terms", "Wait for signature"),
    .stops = LIST("Budget not approved yet", "Waiting for their lawyer", "Contact on holiday",
                  "Comparing offers"),
    .deal_joint = " for ",
};

const struct demo_words demo_words_ru = {
    .first_names = LIST("Анна", "Иван", "Ольга", "Дмитрий", "Софья", "Андрей", "Галина", "Лев",
                        "Елена", "Олег", "Юлия", "Антон", "Нина", "Пётр", "Лариса", "Виктор",
                        "Ирина", "Семён", "Татьяна", "Михаил", "Марина", "Фёдор", "Вера", "Павел"),
    .last_names = LIST("Кравченко", "Белых", "Морозенко", "Линник", "Савченко", "Брандт", "Косых",
                       "Гончаренко", "Новак", "Седых", "Петренко", "Долгих", "Фишер", "Бойко",
                       "Ларченко", "Ромм", "Келлер", "Ахмадулин", "Варга", "Ткаченко", "Чёрных",
                       "Дударь", "Сабо", "Мейер", "Костюк", "Ланге", "Рейн", "Гольц"),
    .company_stems =
        LIST("Северный ветер", "Голубой камень", "Ольха", "Меридиан", "Гавань", "Гребень",
             "Серебряная нить", "Дубрава", "Люмен", "Панорама", "Гранит", "Полярис", "Берег",
             "Маяк", "Вершина", "Альциона", "Сад", "Опора", "Марлов", "Прилив", "Стандарт",
             "Можжевельник", "Кобальт", "Просека", "Атлас"),
    .company_kinds = LIST("Логистика", "Продукты", "Системы", "Завод", "Клиника", "Партнёры",
                          "Строй", "Торговля", "Энерго", "Текстиль", "Медиа", "Фарма"),
    .industries =
        LIST("Логистика", "Продукты питания", "Программы", "Производство", "Медицина", "Консалтинг",
             "Строительство", "Торговля", "Энергетика", "Текстиль", "Медиа", "Фармацевтика"),
    .countries = LIST("Россия", "Казахстан", "Беларусь", "Армения", "Германия", "Сербия",
                      "Узбекистан", "Киргизия"),
    .titles =
        LIST("Начальник отдела закупок", "Генеральный директор", "Руководитель ИТ", "Офис-менеджер",
             "Главный бухгалтер", "Руководитель производства", "Директор по маркетингу", "Инженер"),
    .teams = LIST("Север", "Юг", "Запад"),
    .needs = LIST("Годовая поставка", "Пилотный проект", "Обновление парка", "Модернизация склада",
                  "Договор поддержки", "Продление лицензий", "Оснащение офиса",
                  "Программа обучения", "Модернизация линии", "Запасные части"),
    .subjects_task = LIST("Отправить предложение", "Подготовить договор", "Проверить требования",
                          "Запросить реквизиты", "Отправить список внедрений"),
    .subjects_call = LIST("Обсудить предложение", "Уточнить бюджет", "Вернуться к предложению",
                          "Первый звонок", "Согласовать дату"),
    .subjects_meeting =
        LIST("Показ продукта", "Выезд на объект", "Переговоры по договору", "Стартовая встреча"),
    .notes = LIST("Бюджет решают в следующем месяце.", "Сравнивают нас с двумя другими.",
                  "Интересен более долгий срок.", "Срок поставки важнее цены.",
                  "Решение за генеральным директором."),
    .next_steps = LIST("Отправить предложение", "Позвонить после совещания", "Назначить показ",
                       "Согласовать условия", "Дождаться подписи"),
    .stops = LIST("Бюджет ещё не утверждён", "Ждём их юриста", "Контакт в отпуске",
                  "Сравнивают предложения"),
    .deal_joint = " — ",
};

const struct crm_help_text demo_help_texts[DEMO_HELP_TEXTS] = {
    {"how many deals (default: 400)", "сколько сделок (по умолчанию: 400)"},
    {"activities of a deal, on average (default: up to three)",
     "сколько дел у сделки в среднем (по умолчанию: до трёх)"},
    {"another seed, another company (default: 1)",
     "другое зерно — другая компания (по умолчанию: 1)"},
    {"the day the history leads up to (default: today)",
     "день, к которому ведёт история (по умолчанию: сегодня)"},
    {"makes demonstration data", "создаёт демонстрационные данные"},
    {"`perigee undo CHANGESET` takes it all back.", "`perigee undo CHANGESET` убирает их все."}};
