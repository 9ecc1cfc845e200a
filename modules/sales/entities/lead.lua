-- Leads: requests from every door, before it is known whether they become business.

directory "lead_lost_reason" {
  label = { en = "Reasons of refusal", ru = "Причины отказа по лидам" },
  items = {
    { code = "spam", label = { en = "Spam", ru = "Спам" } },
    { code = "not_reached", label = { en = "Could not be reached", ru = "Не удалось связаться" } },
    { code = "no_need", label = { en = "No need", ru = "Нет потребности" } },
    { code = "no_budget", label = { en = "No budget", ru = "Нет бюджета" } },
    { code = "duplicate", label = { en = "Duplicate", ru = "Дубль" } },
  },
}

entity "lead" {
  label = { en = "Lead", ru = "Лид" },
  label_plural = { en = "Leads", ru = "Лиды" },
  icon = "inbox",
  title = "name",
  pipeline = {},
  duplicates = {
    { fields = { "emails" }, score = 90 },
    { fields = { "phones" }, score = 85 },
    { fields = { "name", "organization_name" }, score = 70 },
  },
  fields = {
    last_name = text { required = true, search = true, label = { en = "Last name", ru = "Фамилия" } },
    first_name = text { search = true, label = { en = "First name", ru = "Имя" } },
    name = formula("if_else(first_name == nil, last_name, first_name .. ' ' .. last_name)") {
      sort = true, search = true, label = { en = "Name", ru = "Имя и фамилия" },
    },
    organization_name = text { search = true, label = { en = "Organization", ru = "Организация" } },
    emails = emails { search = true, label = { en = "E-mails", ru = "Эл. почта" } },
    phones = phones { search = true, label = { en = "Phones", ru = "Телефоны" } },
    source = choice "source" { label = { en = "Source", ru = "Источник" } },
    utm_source = text { label = { en = "UTM source", ru = "UTM-источник" } },
    utm_medium = text { label = { en = "UTM medium", ru = "UTM-канал" } },
    utm_campaign = text { label = { en = "UTM campaign", ru = "UTM-кампания" } },
    utm_term = text { label = { en = "UTM term", ru = "UTM-ключ" } },
    utm_content = text { label = { en = "UTM content", ru = "UTM-содержание" } },
    referrer = text { label = { en = "Referrer", ru = "Откуда пришёл" } },
    form = text { label = { en = "Form", ru = "Форма" } },
    interest = text { search = true, label = { en = "Interested in", ru = "Интересуется" } },
    amount = money { label = { en = "Amount", ru = "Сумма" } },
    score = integer { label = { en = "Score", ru = "Оценка" } },
    first_response_at = time { label = { en = "First response", ru = "Первый ответ" } },
    respond_by = time { label = { en = "Respond by", ru = "Ответить до" } },
    lost_reason = choice "lead_lost_reason" { label = { en = "Reason of refusal", ru = "Причина отказа" } },
    converted_at = time { label = { en = "Converted", ru = "Конвертирован" } },
    converted_contact = ref "contact" { timeline = true, label = { en = "Contact", ru = "Контакт" } },
    converted_organization = ref "organization" { timeline = true, label = { en = "Organization record", ru = "Карточка организации" } },
    converted_deal = ref "deal" { timeline = true, label = { en = "Deal", ru = "Сделка" } },
    segments = links "segment" { label = { en = "Lists", ru = "Списки" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
}

pipeline "lead" {
  name = "Leads",
  label = { en = "Leads", ru = "Лиды" },
  stages = {
    { name = "New", label = { en = "New", ru = "Новый" }, kind = "open", probability = 10 },
    { name = "In work", label = { en = "In work", ru = "В работе" }, kind = "open", probability = 30 },
    { name = "Converted", label = { en = "Converted", ru = "Конвертирован" }, kind = "won", probability = 100 },
    { name = "Refused", label = { en = "Refused", ru = "Отказ" }, kind = "lost", probability = 0 },
  },
}

-- The clock of the first response starts with the lead and stops when somebody takes it up.
before("lead", function(lead, change)
  if not change.before and lead.respond_by == nil and lead.first_response_at == nil then
    lead.respond_by = crm.now() + 60 * 60 * 1000
  end
  if change.before and change:changed("stage") and lead.first_response_at == nil then
    lead.first_response_at = crm.now()
  end
end)
