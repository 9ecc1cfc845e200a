-- Contacts: people, each linked to any number of organizations with a role there.

directory "contact_role" {
  label = { en = "Roles of people", ru = "Роли людей" },
  items = {
    { code = "decision_maker", label = { en = "Decision maker", ru = "Принимает решение" } },
    { code = "influencer", label = { en = "Influencer", ru = "Влияет на решение" } },
    { code = "user", label = { en = "User", ru = "Пользователь" } },
    { code = "payer", label = { en = "Payer", ru = "Плательщик" } },
    { code = "technical", label = { en = "Technical", ru = "Технический специалист" } },
  },
}

directory "relation_kind" {
  label = { en = "Kinds of relation", ru = "Виды связей" },
  items = {
    { code = "family", label = { en = "Family", ru = "Родственник" } },
    { code = "recipient", label = { en = "Recipient", ru = "Получатель" } },
    { code = "colleague", label = { en = "Colleague", ru = "Коллега" } },
    { code = "referred_by", label = { en = "Referred by", ru = "Пришёл по рекомендации" } },
  },
}

directory "gender" {
  label = { en = "Genders", ru = "Пол" },
  items = {
    { code = "female", label = { en = "Female", ru = "Женский" } },
    { code = "male", label = { en = "Male", ru = "Мужской" } },
  },
}

entity "contact" {
  label = { en = "Contact", ru = "Контакт" },
  label_plural = { en = "Contacts", ru = "Контакты" },
  icon = "user-round",
  title = "name",
  duplicates = {
    { fields = { "emails" }, score = 90 },
    { fields = { "phones" }, score = 85 },
    { fields = { "name", "birthday" }, score = 85 },
    { fields = { "name", "organization" }, score = 75 },
    { fields = { "name" }, score = 50 },
  },
  fields = {
    last_name = text { required = true, search = true, sort = true, label = { en = "Last name", ru = "Фамилия" } },
    first_name = text { search = true, label = { en = "First name", ru = "Имя" } },
    middle_name = text { search = true, label = { en = "Middle name", ru = "Отчество" } },
    name = formula("if_else(first_name == nil, last_name, first_name .. ' ' .. last_name)") {
      sort = true, search = true, label = { en = "Name", ru = "Имя и фамилия" },
    },
    job_title = text { search = true, label = { en = "Job title", ru = "Должность" } },
    organization = ref "organization" { label = { en = "Organization", ru = "Организация" } },
    organizations = links "organization" {
      label = { en = "Organizations", ru = "Организации" },
      fields = {
        role = choice "contact_role" { label = { en = "Role", ru = "Роль" } },
        department = text { label = { en = "Department", ru = "Отдел" } },
        primary = boolean { label = { en = "Primary", ru = "Основная" } },
        started_on = date { label = { en = "Since", ru = "С" } },
        ended_on = date { label = { en = "Until", ru = "По" } },
      },
    },
    emails = emails { search = true, label = { en = "E-mails", ru = "Эл. почта" } },
    phones = phones { search = true, label = { en = "Phones", ru = "Телефоны" } },
    messengers = messengers { search = true, label = { en = "Messengers", ru = "Мессенджеры" } },
    addresses = addresses { label = { en = "Addresses", ru = "Адреса" } },
    birthday = date { label = { en = "Birthday", ru = "День рождения" } },
    gender = choice "gender" { label = { en = "Gender", ru = "Пол" } },
    language = text { max = 20, label = { en = "Language", ru = "Язык" } },
    zone = text { max = 60, label = { en = "Time zone", ru = "Часовой пояс" } },
    source = choice "source" { label = { en = "Source", ru = "Источник" } },
    lifecycle_stage = choice "lifecycle_stage" { label = { en = "Lifecycle stage", ru = "Этап жизненного цикла" } },
    interest = text { label = { en = "Interested in", ru = "Интересуется" } },
    consents = json { label = { en = "Consents", ru = "Согласия" } },
    preferences = json { label = { en = "Preferences", ru = "Предпочтения" } },
    do_not_call = boolean { label = { en = "Do not call", ru = "Не звонить" } },
    photo = file { label = { en = "Photo", ru = "Фотография" } },
    reports_to = ref "contact" { label = { en = "Reports to", ru = "Руководитель" } },
    relations = links "contact" {
      label = { en = "Relations", ru = "Связи" },
      fields = {
        kind = choice "relation_kind" { label = { en = "Kind", ru = "Вид" } },
        date = date { label = { en = "Date", ru = "Дата" } },
      },
    },
    segments = links "segment" { label = { en = "Lists", ru = "Списки" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
  rules = {
    {
      when = "birthday ~= nil and birthday > today()",
      refuse = "birthday",
      message = { en = "A birthday cannot lie in the future", ru = "День рождения не может быть в будущем" },
    },
  },
}
