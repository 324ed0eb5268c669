"""The queries that are measured, as clients write them: a seller's list and its tabs, a buyer's page of an order."""

LIST = """
query SellersList {
  viewer {
    orders(first: 20) {
      nodes {
        id number version status awaiting type draftedBy overdue sellerReference
        createdAt updatedAt confirmedAt dispatchedAt
        contract {
          products { ...Amount }
          shippingFee { ...Amount }
          agreedTotal { ...Amount }
          items { id position description quantity unit amount { ...Amount } }
        }
        funds {
          status
          received { ...Amount }
          missing { ...Amount }
          instalments { kind amount { ...Amount } received { ...Amount } completedAt }
        }
        shipments { id carrier trackingNumber dispatchedAt deliveredAt }
        deadlines { kind dueAt rule status }
      }
    }
  }
}
fragment Amount on Money { amount currencyCode }
"""

# The same of a desk: narrowed by what its seller looks for, and the counts above it
FILTERED = LIST.replace("SellersList", "Desk($filter: OrderFilter)").replace("(first", "(filter: $filter, first")
TABS = "query Tabs($filter: OrderFilter) { viewer { orderTabs(filter: $filter) { tab count atLeast } } }"

# Everything on an order's page; what is computed by the domain comes after what is read
PAGE = """
query OrderPage($number: String!) {
  order(number: $number) {
    id number version status awaiting type draftedBy buyerReference overdue overdueSince deliveryOverdue promisedAt
    dispatchGuaranteed deliveryGuaranteed disputed createdAt updatedAt confirmedAt firstPaidAt fullyPaidAt dispatchedAt
    deliveredAt completedAt closedAt closeReason
    seller { id name country }
    buyer { id name country }
    contract {
      products { ...Amount }
      shippingFee { ...Amount }
      shippingDiscount { ...Amount }
      agreedTotal { ...Amount }
      items { id position description attributes { name value } packaging remark quantity unit amount { ...Amount } }
      paymentTerms
      dispatchTerm { kind days date instant }
      transportMode carrier incoterm incotermPlace exportMethod notes
      contact { recipient lines city region postalCode country }
    }
    receipts { method amount { ...Amount } counted { ...Amount } held { ...Amount } recordedAt }
    shipments {
      id carrier trackingNumber dispatchedAt deliveredAt
      items { itemId description quantity }
      tracking { kind occurredAt place text }
    }
    amendments { id status reason proposedAt }
    disputes { id status reason openedAt }
    claim { id guarantee status filedAt }
    attachments { id purpose name path }
    review { product dispatchSpeed service text reply }
    log(first: 20) { nodes { version kind at by dueAt changes { field before after } facts { name value } } }
    funds {
      status
      agreedTotal { ...Amount }
      buyerPayable { ...Amount }
      received { ...Amount }
      missing { ...Amount }
      instalments { position kind amount { ...Amount } received { ...Amount } missing { ...Amount } completedAt }
      collectionAccounts { bank holder number bic currency }
      nextPayment { instalment amount { ...Amount } methods { method paymentFee { ...Amount } } until }
    }
    deadlines { kind startsAt dueAt status rule inputs { name value } }
    stage
    stages { stage reachedAt current }
    estimatedDelivery { earliest latest }
    exportRequirements { method withdrawalRoute requirements { kind met lacking } }
    protection {
      payment { ...Part } dispatch { ...Part } quality { ...Part } delivery { ...Part } protectedUntil protectedFor
    }
    claimCheck {
      claimable promises { guarantee claimable conditions { code met fact } } total { ...Amount } rate
      totalUsd { ...Amount } percentage cap { ...Amount } amount { ...Amount } changesAt
    }
    whatHappensNext {
      clock about at secondsLeft follows rule policyVersion event cancelledBy
      atStake { kind whom amount { ...Amount } points }
    }
    explanations { of rule policyVersion inputs { name value } arithmetic }
    availableActions { step available reason { code message } }
  }
}
fragment Amount on Money { amount currencyCode }
fragment Part on ProtectionPart { state activeAt endedAt }
"""
