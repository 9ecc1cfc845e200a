-- Organizations: customers, partners, suppliers and competitors.

directory "organization_kind" {
  label = { en = "Kinds of organization", ru = "Виды организаций" },
  items = {
    { code = "prospect", label = { en = "Prospect", ru = "Потенциальный клиент" }, color = "blue" },
    { code = "customer", label = { en = "Customer", ru = "Клиент" }, color = "green" },
    { code = "partner", label = { en = "Partner", ru = "Партнёр" }, color = "violet" },
    { code = "supplier", label = { en = "Supplier", ru = "Поставщик" }, color = "amber" },
    { code = "competitor", label = { en = "Competitor", ru = "Конкурент" }, color = "red" },
  },
}

-- Words that say how a company is set up, not which one it is.
local legal_forms = {
  "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc",
  "gmbh", "ag", "kg", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "ab", "as", "aps", "pty",
  "ооо", "ао", "зао", "оао", "пао", "нао", "ип", "тоо", "чп", "гуп", "муп", "фгуп", "нко", "ано",
}

directory "industry" { label = { en = "Industries", ru = "Отрасли" } }
directory "country" { label = { en = "Countries", ru = "Страны" } }

directory "source" {
  label = { en = "Sources", ru = "Источники" },
  items = {
    { code = "website", label = { en = "Website", ru = "Сайт" } },
    { code = "call", label = { en = "Call", ru = "Звонок" } },
    { code = "e-mail", label = { en = "E-mail", ru = "Письмо" } },
    { code = "referral", label = { en = "Referral", ru = "Рекомендация" } },
    { code = "advertising", label = { en = "Advertising", ru = "Реклама" } },
    { code = "exhibition", label = { en = "Exhibition", ru = "Выставка" } },
    { code = "partner", label = { en = "Partner", ru = "Партнёр" } },
  },
}

directory "lifecycle_stage" {
  label = { en = "Lifecycle stages", ru = "Этапы жизненного цикла" },
  items = {
    { code = "subscriber", label = { en = "Subscriber", ru = "Подписчик" } },
    { code = "interested", label = { en = "Interested", ru = "Интересуется" } },
    { code = "qualified", label = { en = "Qualified", ru = "Квалифицирован" } },
    { code = "customer", label = { en = "Customer", ru = "Клиент" }, color = "green" },
    { code = "advocate", label = { en = "Advocate", ru = "Приверженец" }, color = "violet" },
    { code = "former", label = { en = "Former customer", ru = "Бывший клиент" }, color = "gray" },
  },
}

entity "organization" {
  label = { en = "Organization", ru = "Организация" },
  label_plural = { en = "Organizations", ru = "Организации" },
  icon = "building-2",
  title = "name",
  duplicates = {
    { fields = { "tax_id" }, score = 95, digits = true },
    { fields = { "emails" }, score = 80 },
    { fields = { "phones" }, score = 80 },
    { fields = { "name", "country" }, score = 70, ignore = legal_forms },
    { fields = { "name" }, score = 60, ignore = legal_forms },
  },
  fields = {
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    legal_name = text { search = true, label = { en = "Legal name", ru = "Юридическое название" } },
    kind = choice "organization_kind" { label = { en = "Kind", ru = "Вид" } },
    industry = choice "industry" { label = { en = "Industry", ru = "Отрасль" } },
    employees = integer { label = { en = "Employees", ru = "Сотрудников" } },
    annual_revenue = money { label = { en = "Annual revenue", ru = "Годовая выручка" } },
    founded_year = integer { label = { en = "Founded in", ru = "Год основания" } },
    country = choice "country" { label = { en = "Country", ru = "Страна" } },
    website = text { search = true, label = { en = "Website", ru = "Сайт" } },
    tax_id = text { search = true, label = { en = "Tax number", ru = "ИНН" } },
    registration_number = text { label = { en = "Registration number", ru = "ОГРН" } },
    emails = emails { search = true, label = { en = "E-mails", ru = "Эл. почта" } },
    phones = phones { search = true, label = { en = "Phones", ru = "Телефоны" } },
    addresses = addresses { label = { en = "Addresses", ru = "Адреса" } },
    parent = ref "organization" { label = { en = "Part of", ru = "Входит в" } },
    source = choice "source" { label = { en = "Source", ru = "Источник" } },
    lifecycle_stage = choice "lifecycle_stage" { label = { en = "Lifecycle stage", ru = "Этап жизненного цикла" } },
    bank_details = long_text { label = { en = "Bank details", ru = "Банковские реквизиты" } },
    segments = links "segment" { label = { en = "Lists", ru = "Списки" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
  rules = {
    {
      when = "employees ~= nil and employees < 0",
      refuse = "employees",
      message = { en = "The number of employees cannot be negative", ru = "Число сотрудников не может быть отрицательным" },
    },
    {
      when = "parent ~= nil and parent == id",
      refuse = "parent",
      message = { en = "An organization cannot be part of itself", ru = "Организация не может входить в саму себя" },
    },
  },
}
