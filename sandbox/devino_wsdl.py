"""The WSDL of Devino's SmsService.asmx, element by element after section 6 of the sheet.

A child is written `name type` and marks: `?` may be absent, `*` any number, `~` may be nil. A type with a
capital letter is one of `TYPES`, any other is of XML Schema.
"""

from collections.abc import Mapping

from sandbox.calls import Reply

NAMESPACE = "http://ws.devinosms.com"
# Another host than the documented one, in the real WSDL too: who believes it is led away from this server.
ADDRESS = "https://ws-wsdl.devinotele.com/smsservice.asmx"

PORTS = {"SmsServiceSoap": "soap", "SmsServiceSoap12": "soap12"}
REQUESTS = {
    "GetMessageState": "sessionID string?, messageID long",
    "GetSessionID": "login string?, password string?",
    "SendMessage": "sessionID string?, message Message?",
    "SendMessageByTimeZone": (
        "sessionID string?, sourceAddress string?, destinationAddress string?, data string?, "
        "sendDate dateTime, validity int~"
    ),
    "SendMessageByTimeZoneToAddresses": (
        "sessionID string?, sourceAddress string?, destinationAddresses ArrayOfString?, data string?, "
        "sendDate dateTime, validity int~"
    ),
    "GetBalance": "sessionID string?",
    "GetIncomingMessages": "sessionID string?, minDateUTC dateTime, maxDateUTC dateTime",
    "GetStatistics": "sessionID string?, startDateTime dateTime, endDateTime dateTime",
}
RESULTS = {
    "GetMessageState": "SmsMessageStateInfo?",
    "GetSessionID": "string?",
    "SendMessage": "ArrayOfString?",
    "SendMessageByTimeZone": "ArrayOfString?",
    "SendMessageByTimeZoneToAddresses": "ArrayOfString?",
    "GetBalance": "decimal",
    "GetIncomingMessages": "ArrayOfIncomingMessage?",
    "GetStatistics": "DeliveryStatistics?",
}
TYPES = {
    "SmsMessageStateInfo": (
        "CreationDateUtc dateTime~, SubmittedDateUtc dateTime~, ReportedDateUtc dateTime~, "
        "TimeStampUtc dateTime, State int, StateDescription string?, Price decimal~"
    ),
    "Message": (
        "Data string?, DelayUntilUtc dateTime~, DestinationAddresses ArrayOfString?, SourceAddress string?, "
        "ReceiptRequested boolean, Validity int~, Optionals ArrayOfString?"
    ),
    "ArrayOfString": "string string*~",
    "ArrayOfIncomingMessage": "IncomingMessage IncomingMessage*~",
    "IncomingMessage": (
        "ID long, Data string?, SourceAddress string?, DestinationAddress string?, CreatedDateUtc dateTime"
    ),
    "DeliveryStatistics": (
        "Sent int, Delivered int, Errors int, InProcess int, Expired int, Rejected int, Optimized int, "
        "Tarificated int, Total int, TotalWithErrors int, DeliveryRatio decimal"
    ),
}


def serve() -> Reply:
    """The WSDL as ASMX serves it."""
    text = f'<?xml version="1.0" encoding="utf-8"?>\n{_definitions()}'
    return Reply(text.encode(), "text/xml; charset=utf-8", headers={"Cache-Control": "private, max-age=0"})


def _definitions() -> str:
    operations = list(REQUESTS)
    elements = "".join(
        _element(operation, request)
        + _element(f"{operation}Response", f"{operation}Result {RESULTS[operation]}")
        for operation, request in REQUESTS.items()
    )
    types = "".join(
        f'<s:complexType name="{name}">{_sequence(of)}</s:complexType>' for name, of in TYPES.items()
    )
    messages = "".join(
        f'<wsdl:message name="{operation}{direction}">'
        f'<wsdl:part name="parameters" element="tns:{operation}{suffix}"/></wsdl:message>'
        for operation in operations
        for direction, suffix in (("SoapIn", ""), ("SoapOut", "Response"))
    )
    abstract = "".join(
        f'<wsdl:operation name="{operation}"><wsdl:input message="tns:{operation}SoapIn"/>'
        f'<wsdl:output message="tns:{operation}SoapOut"/></wsdl:operation>'
        for operation in operations
    )
    bindings = "".join(_binding(name, prefix, operations) for name, prefix in PORTS.items())
    ports = "".join(_port(name, prefix) for name, prefix in PORTS.items())
    return (
        '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        'xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" '
        f'xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}">'
        f'<wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">'
        f"{elements}{types}</s:schema></wsdl:types>{messages}"
        f'<wsdl:portType name="SmsServiceSoap">{abstract}</wsdl:portType>'
        f'{bindings}<wsdl:service name="SmsService">{ports}</wsdl:service></wsdl:definitions>'
    )


def _element(name: str, children: str) -> str:
    return f'<s:element name="{name}"><s:complexType>{_sequence(children)}</s:complexType></s:element>'


def _sequence(children: str) -> str:
    return "<s:sequence>" + "".join(_child(written) for written in children.split(", ")) + "</s:sequence>"


def _child(written: str) -> str:
    name, marked = written.split()
    kind = marked.rstrip("?*~")
    attributes: Mapping[str, str] = {
        "minOccurs": "0" if {"?", "*"} & set(marked) else "1",
        "maxOccurs": "unbounded" if "*" in marked else "1",
        "name": name,
        **({"nillable": "true"} if "~" in marked else {}),
        "type": f"tns:{kind}" if kind in TYPES else f"s:{kind}",
    }
    return "<s:element " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>"


def _binding(name: str, prefix: str, operations: list[str]) -> str:
    body = f'<{prefix}:body use="literal"/>'
    concrete = "".join(
        f'<wsdl:operation name="{operation}">'
        f'<{prefix}:operation soapAction="{NAMESPACE}/{operation}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
        for operation in operations
    )
    # One transport URI for both versions, as in the real one.
    transport = f'<{prefix}:binding transport="http://schemas.xmlsoap.org/soap/http"/>'
    return f'<wsdl:binding name="{name}" type="tns:SmsServiceSoap">{transport}{concrete}</wsdl:binding>'


def _port(name: str, prefix: str) -> str:
    return (
        f'<wsdl:port name="{name}" binding="tns:{name}"><{prefix}:address location="{ADDRESS}"/></wsdl:port>'
    )
