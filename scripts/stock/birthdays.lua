-- Birthdays of contacts, and the day of the first order each year: a task for the owner.
-- Дни рождения контактов и ежегодно день первого заказа: задача ответственному.

schedule("contact.birthday", { yearly = true, before = "1 day", at = "8:00" }, function(contact)
  crm.create("activity", {
    kind = "call", about = contact, owner = contact.owner, due_at = crm.now() + 24 * 3600 * 1000,
    subject = crm.t { en = "Birthday tomorrow: ", ru = "Завтра день рождения: " } .. contact.name,
  })
end)

schedule("deal.closed_on", { yearly = true, at = "8:00", when = "stage.kind == 'won' and closed_on < today()" }, function(deal)
  crm.create("activity", {
    kind = "call", about = deal, organization = deal.organization, owner = deal.owner, due_at = crm.now(),
    subject = crm.t { en = "Years with us: ", ru = "Годовщина сделки: " } .. deal.name,
  })
end)
