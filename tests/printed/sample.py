"""An order as the query of the proforma invoice finds it, with every term it can have; parts may be replaced."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def money(amount: str) -> Json:
    """An amount as it is served."""
    return {"amount": amount}


ITEM: Mapping[str, Any] = {
    "position": 1,
    "description": "碳纤维灯笼 Carbon fibre lantern",
    "packaging": "每箱十二件",
    "remark": "Logo as in the sample",
    "quantity": "1200",
    "unit": "件",
    "minimumQuantity": "10",
    "attributes": [{"name": "颜色", "value": "石板灰"}, {"name": "Material", "value": "Carbon fibre"}],
    "unitPrice": money("41.50"),
    "amount": money("49800.00"),
}
CONTRACT: Mapping[str, Any] = {
    "currency": "USD",
    "notes": "备件同箱发运。\nLabels in Spanish.",
    "paymentTerms": "DEPOSIT_BALANCE",
    "transportMode": "SEA",
    "carrier": "Evergreen",
    "lane": "Ningbo to Oakland",
    "incoterm": "CIF",
    "incotermPlace": "Oakland",
    "exportMethod": "MARKET_PROCUREMENT",
    "customsTitle": "义乌市场采购有限公司",
    "logistics": "PLATFORM",
    "guaranteeMethod": "UNTIL_RECEIPT",
    "products": money("49800.00"),
    "shippingFee": money("2500.00"),
    "shippingDiscount": money("201.01"),
    "storeCoupon": money("198.02"),
    "agreedTotal": money("51900.97"),
    "deposit": money("15570.29"),
    "dispatchTerm": {"kind": "DAYS_AFTER_DEPOSIT", "days": 7, "date": None, "instant": None},
    "dispatchPromise": {"guaranteed": True, "days": 7},
    "items": [ITEM],
    "file": {"name": "合同.pdf", "sha256": "ab" * 32},
    "freightLane": None,
    "contact": {
        "recipient": "陈小姐",
        "email": "chen@harbour.example",
        "phone": "+852 5550 0142",
        "lines": ["弥敦道 100 号"],
        "city": "九龙",
        "region": "Kowloon",
        "postalCode": "999077",
        "country": "HK",
    },
    "destination": {"city": "九龙", "region": "Kowloon", "postalCode": "999077", "country": "HK"},
}
ORDER: Mapping[str, Any] = {
    "id": "ord_01900000000070008000000000000001",
    "number": "01715000000012345678",
    "status": "PENDING_DISPATCH",
    "awaiting": None,
    "createdAt": "2024-05-06T09:00:00Z",
    "updatedAt": "2024-05-07T10:30:12.5Z",
    "submittedAt": "2024-05-06T09:10:00Z",
    "confirmedAt": "2024-05-06T15:00:00Z",
    "closedAt": None,
    "seller": {"name": "宁波蓝灯户外用品有限公司", "country": "CN"},
    "buyer": {"name": "Harbour & Pine", "country": "US"},
    "contract": CONTRACT,
    "transit": {"minDays": 20, "maxDays": 27, "unit": "BUSINESS_DAYS", "origin": "CN"},
    "deliveryGuaranteed": True,
    "promisedAt": "2024-06-28T06:59:59Z",
    "acknowledged": ["YIDATONG_EXPORT", "NO_COLLECTION_ACCOUNT"],
    "funds": {
        "couponOffset": money("30.00"),
        "buyerPayable": money("51870.97"),
        "instalments": [
            {
                "kind": "DEPOSIT",
                "amount": money("15570.29"),
                "couponOffset": money("30.00"),
                "payable": money("15540.29"),
                "completedAt": "2024-05-07T10:30:12Z",
            },
            {
                "kind": "BALANCE",
                "amount": money("36330.68"),
                "couponOffset": money("0.00"),
                "payable": money("36330.68"),
                "completedAt": None,
            },
        ],
        "collectionAccounts": [
            {
                "bank": "J.P. Morgan",
                "holder": "Trade Assurance Escrow",
                "number": "900100200300400",
                "bic": "CHASUS33",
                "currency": "USD",
            }
        ],
    },
    "deadlines": [
        {"kind": "DISPATCH", "status": "MOVED", "dueAt": "2024-05-13T06:59:59Z"},
        {"kind": "DISPATCH", "status": "RUNNING", "dueAt": "2024-05-15T06:59:59Z"},
        {"kind": "APPROACH", "status": "RUNNING", "dueAt": "2024-05-14T06:59:59Z"},
    ],
    "amendments": [{"status": "CONFIRMED", "decidedAt": "2024-05-07T08:00:00Z"}],
    "protection": {"protectedUntil": None, "protectedFor": "receipt + 30 days"},
}
# What must stand on its paper, in the order of the paper
SAID = (
    *("Proforma invoice", "形式发票", "Agreed, awaiting dispatch", "01715000000012345678"),
    *("2024-05-06 09:00:00 UTC", "2024-05-06 09:10:00 UTC", "2024-05-06 15:00:00 UTC", "2024-05-07 08:00:00 UTC"),
    *("宁波蓝灯户外用品有限公司", "China (CN)", "Harbour & Pine", "United States (US)"),
    *("陈小姐", "弥敦道 100 号", "九龙 Kowloon 999077", "Hong Kong (HK)", "+852 5550 0142", "chen@harbour.example"),
    *(
        "碳纤维灯笼 Carbon fibre lantern",
        "颜色: 石板灰",
        "Material: Carbon fibre",
        "每箱十二件",
        "Logo as in the sample",
    ),
    *("起订量: 10", "1,200", "件", "41.50", "49,800.00"),
    *("2,500.00", "−201.01", "−198.02", "USD 51,900.97"),
    *("A deposit and a balance", "Within 7 calendar days after the supplier received the deposit"),
    *("供应商收到定金后 7 个自然日内发货", "2024-05-15 06:59:59 UTC", "Sea", "Evergreen", "Ningbo to Oakland"),
    *("20–27 business days in transit from CN", "CIF Oakland", "Cost, Insurance and Freight", "成本、保险费加运费"),
    *("Market procurement", "义乌市场采购有限公司", "The platform's", "合同.pdf", "ab" * 32),
    *("This order must be exported through Yidatong.", "The attached contract names no collection account."),
    *("15,570.29", "−30.00", "15,540.29", "2024-05-07 10:30:12 UTC", "36,330.68", "USD 51,870.97"),
    *("J.P. Morgan", "Trade Assurance Escrow", "900100200300400", "CHASUS33"),
    *("Until the goods are received", "Guaranteed: the buyer can claim compensation if dispatch is late"),
    *("if delivery is late", "Promised until 2024-06-28 06:59:59 UTC", "receipt + 30 days"),
    *("备件同箱发运。", "Labels in Spanish."),
)


def order(contract: Mapping[str, Any] | None = None, **changes: Any) -> Json:
    """The order, with parts of its contract and of itself replaced."""
    return {**ORDER, **changes, "contract": {**CONTRACT, **(contract or {})}}
