import Testing
import Vendors
