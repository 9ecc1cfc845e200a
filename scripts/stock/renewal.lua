-- Eleven months after a deal was won the next one is opened, with the same customer, owner and products' total.
-- Через одиннадцать месяцев после выигрыша открывается следующая сделка: тот же клиент, ответственный и сумма.

schedule("deal.closed_on", { after = "11 months", at = "8:00", when = "stage.kind == 'won'" }, function(deal, day)
  local id = crm.create("deal", {
    name = deal.name .. crm.t { en = " (renewal)", ru = " (продление)" },
    organization = deal.organization, contact = deal.contact, owner = deal.owner, team = deal.team,
    product = deal.product, amount = deal.amount, source = deal.source, started_on = day,
  })
  if deal.owner then
    crm.notify(deal.owner, { kind = "renewal", text = crm.t { en = "Time to renew", ru = "Пора продлевать" } }, deal)
  end
  return id
end)
